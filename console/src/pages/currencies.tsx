import { useState } from 'preact/hooks';
import { JsonNumber } from '../../../client/src/json.ts';
import { FieldRow } from '../forms/fields.tsx';
import type { Field, Typed } from '../forms/kinds.ts';
import { useSend } from '../forms/send.ts';
import { useLoad } from '../load.ts';
import { PageTitle, Section } from '../parts/page.tsx';
import { Empty, Failed, Show } from '../parts/states.tsx';
import { Table } from '../parts/table.tsx';
import { Time } from '../parts/values.tsx';
import { parseRate } from '../rate.ts';
import { href } from '../route.ts';
import { useSession } from '../session.ts';
import type { Currency } from '../shapes.ts';

/** The currencies and their rates. */
export function CurrenciesPage() {
  const { may } = useSession();
  const [count, setCount] = useState(0);
  return (
    <>
      <PageTitle>Currencies</PageTitle>
      {may('currencies:write') && <SetRate onSet={() => setCount((before) => before + 1)} />}
      {may('wallets:read') && <RatesNow key={count} />}
    </>
  );
}

function RatesNow() {
  const loaded = useLoad<{ readonly Currencies: readonly Currency[] }>('currencies', (api, signal) =>
    api.get('/currencies', {}, signal),
  );
  return (
    <Show loaded={loaded} what="the currencies">
      {({ Currencies }) => (
        <>
          <Table
            caption="What one unit of each currency is worth"
            rows={Currencies}
            keyOf={({ Name }) => Name}
            columns={[
              {
                name: 'Currency',
                cell: ({ Name }) => <a href={href('currency', Name)}>{Name}</a>,
                isHead: true,
              },
              { name: 'USD', cell: ({ Rate }) => String(Rate), isNumber: true },
              { name: 'Set', cell: ({ UpdatedAt }) => <Time of={UpdatedAt} /> },
            ]}
          />
          {Currencies.length === 1 && (
            <Empty>Only USD is known yet. Set the rate of another currency to have it.</Empty>
          )}
        </>
      )}
    </Show>
  );
}

const FIELDS: readonly Field[] = [
  {
    name: 'Name',
    label: 'Currency',
    kind: 'text',
    hint: 'Three to twelve capital letters or digits, such as EUR.',
  },
  { name: 'Rate', label: 'Worth in USD', kind: 'amount', hint: 'What one unit is worth, such as 1.093809.' },
];

/** A form that sets a currency's rate. */
export function SetRate({ name = '', onSet }: { readonly name?: string; readonly onSet: () => void }) {
  const [typed, setTyped] = useState<Typed>({ Name: name });
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const { isSending, reply, error, send } = useSend(onSet);
  return (
    <Section id="set-rate" title="Set a rate">
      <form
        class="narrow"
        noValidate
        aria-label="Set a rate"
        onSubmit={(event) => {
          event.preventDefault();
          const currency = (typed['Name'] ?? '').trim().toUpperCase();
          const rate = parseRate(typed['Rate'] ?? '');
          setErrors({
            ...(currency === '' ? { Name: 'Fill in “Currency”.' } : {}),
            ...(rate.ok ? {} : { Rate: rate.error }),
          });
          if (currency !== '' && rate.ok)
            send('/update_currencies', { Rates: { [currency]: new JsonNumber(rate.rate) } });
        }}
      >
        {FIELDS.map((field) => (
          <FieldRow
            key={field.name}
            {...{ field, typed, error: errors[field.name], currencies: [], isDisabled: isSending }}
            onType={(fieldName, text) => setTyped((before) => ({ ...before, [fieldName]: text }))}
          />
        ))}
        {error && <Failed error={error} />}
        {reply !== undefined && (
          <p role="status" class="note good">
            The rate is set. Payments that are settled from now on use it.
          </p>
        )}
        <button type="submit" class="primary" disabled={isSending}>
          Set the rate
        </button>
      </form>
    </Section>
  );
}
