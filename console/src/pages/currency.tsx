import { useLoad } from '../load.ts';
import { Chart } from '../parts/chart.tsx';
import { PageTitle, Section } from '../parts/page.tsx';
import { Empty, Show } from '../parts/states.tsx';
import { AsTable } from '../parts/table.tsx';
import { Time } from '../parts/values.tsx';
import { useSession } from '../session.ts';
import type { Rates } from '../shapes.ts';
import { SetRate } from './currencies.tsx';

/** Rates that are read: the latest. */
const LIMIT = 500;

/** Rows of the table. */
const MAX_ROWS = 100;

/** A currency's rates over time. */
export function CurrencyPage({ name }: { readonly name: string }) {
  const { may } = useSession();
  const loaded = useLoad<Rates>(`rates ${name}`, (api, signal) =>
    api.get(`/currency/${encodeURIComponent(name)}/rates`, { limit: LIMIT }, signal),
  );
  return (
    <>
      <PageTitle>{`Currency ${name}`}</PageTitle>
      {may('currencies:write') && name !== 'USD' && <SetRate name={name} onSet={loaded.reload} />}
      <Show loaded={loaded} what="the rates">
        {({ Rates: newestFirst }) =>
          newestFirst.length === 0 ? (
            <Empty>
              {name === 'USD'
                ? 'Rates are told in USD: one is always worth 1.'
                : `No rate was set for ${name}.`}
            </Empty>
          ) : (
            <History {...{ name, newestFirst }} />
          )
        }
      </Show>
    </>
  );
}

function History({ name, newestFirst }: { readonly name: string; readonly newestFirst: Rates['Rates'] }) {
  const rates = newestFirst.toReversed();
  // The last rate holds until now.
  const drawn = [...rates, ...rates.slice(-1).map(({ Rate }) => ({ Rate, SetAt: new Date().toISOString() }))];
  const first = rates[0];
  const last = rates.at(-1);
  const summary = `1 ${name} was worth ${String(first?.Rate)} USD at first, and is worth ${String(last?.Rate)} USD now; it was set ${rates.length === 1 ? 'once' : `${rates.length} times`}.`;
  return (
    <Section id="history" title="Rate over time">
      <Chart
        {...{ summary, kind: 'steps' }}
        times={drawn.map(({ SetAt }) => Date.parse(SetAt) / 1_000)}
        series={[
          {
            ...{ name: 'USD', color: '--accent' },
            values: drawn.map(({ Rate }) => Number(Rate)),
            texts: drawn.map(({ Rate }) => String(Rate)),
          },
        ]}
      />
      <AsTable
        caption="Rates, the latest first"
        rows={newestFirst.slice(0, MAX_ROWS)}
        keyOf={({ SetAt }) => SetAt}
        columns={[
          { name: 'Set', cell: ({ SetAt }) => <Time of={SetAt} />, isHead: true },
          { name: 'USD', cell: ({ Rate }) => String(Rate), isNumber: true },
        ]}
      />
    </Section>
  );
}
