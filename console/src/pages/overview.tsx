import { formatCount } from '../amount.ts';
import { useLoad } from '../load.ts';
import { Facts, PageTitle, Section } from '../parts/page.tsx';
import { Empty, Show } from '../parts/states.tsx';
import { Table } from '../parts/table.tsx';
import { Amount, State, Time } from '../parts/values.tsx';
import { href } from '../route.ts';
import { useSession } from '../session.ts';
import type { Overview, Period } from '../shapes.ts';
import { showMilliseconds, showSeconds } from '../time.ts';
import { reasonText } from '../words.ts';
import { MinutesChart } from './minutes.tsx';

/** How often the overview is read anew: often enough to be called live, and one request. */
const EVERY_MS = 5_000;

/** Decimals of operations a second. */
const RATE_DECIMALS = 2;

/** How the system does, as of some seconds ago. */
export function OverviewPage() {
  const loaded = useLoad<Overview>('overview', (api, signal) => api.get('/overview', {}, signal), EVERY_MS);
  return (
    <>
      <PageTitle>Overview</PageTitle>
      <Show loaded={loaded} what="how the system does">
        {(overview) => (
          <>
            <p class="quiet">
              As of <Time of={overview.At} />; read anew every {EVERY_MS / 1_000} seconds.
            </p>
            {overview.Money.length === 0 && <Beginning />}
            <div class="tiles">
              <PeriodCard id="hour" title="Last hour" period={overview.Hour} />
              <PeriodCard id="day" title="Last day" period={overview.Day} />
              <Health overview={overview} />
            </div>
            <Section id="minutes" title="Operations by minute">
              <MinutesChart minutes={overview.Minutes} />
            </Section>
            <div class="tiles">
              <Money money={overview.Money} />
              <Declines period={overview.Day} />
            </div>
          </>
        )}
      </Show>
    </>
  );
}

/** What whoever starts a new system does first. */
function Beginning() {
  const { may } = useSession();
  if (!may('wallets:write')) return null;
  return (
    <p class="note busy">
      This system is new. <a href={href('wallets', '', { new: 'yes' })}>Open a wallet</a>, and then pay in.
    </p>
  );
}

const showMs = (ms: Period['P50']): string => (ms === null ? 'nothing yet' : showMilliseconds(Number(ms)));

function PeriodCard({
  id,
  title,
  period,
}: {
  readonly id: string;
  readonly title: string;
  readonly period: Period;
}) {
  const { Succeeded, Declined, PerSecond, P50, P95 } = period;
  return (
    <Section id={id} title={title}>
      <Facts
        of={[
          ['Operations a second', Number(PerSecond).toFixed(RATE_DECIMALS)],
          ['Done', formatCount(Succeeded)],
          ['Declined', formatCount(Declined)],
          ['Half are settled within', showMs(P50)],
          ['95 of 100 within', showMs(P95)],
        ]}
      />
    </Section>
  );
}

function Health({ overview: { Pending, DeadLetters, Books, Webhooks } }: { readonly overview: Overview }) {
  const { may } = useSession();
  const oldest = Pending.OldestSeconds;
  const hooks =
    Webhooks === null ? (
      'none'
    ) : (
      <>
        {formatCount(Webhooks.Failing)} failing, {formatCount(Webhooks.Disabled)} disabled
      </>
    );
  return (
    <Section id="health" title="Health">
      <Facts
        of={[
          [
            'Waiting to be settled',
            `${Pending.IsCountExact ? '' : 'over '}${formatCount(Pending.Count)}${
              oldest === null ? '' : `, the oldest for ${showSeconds(Number(oldest))}`
            }`,
          ],
          [
            'Messages that failed for good',
            DeadLetters === null ? 'the queue does not answer' : formatCount(DeadLetters),
          ],
          [
            'Books',
            Books === null ? (
              'not checked yet'
            ) : (
              <>
                <State of={Books.Result} />
                {Books.Faults > 0n && ` ${formatCount(Books.Faults)} found`}, checked{' '}
                <Time of={Books.CheckedAt} />
              </>
            ),
          ],
          ['Webhooks', may('webhooks') && Webhooks !== null ? <a href={href('webhooks')}>{hooks}</a> : hooks],
        ]}
      />
    </Section>
  );
}

function Money({ money }: { readonly money: Overview['Money'] }) {
  return (
    <Section id="money" title="Money by currency">
      {money.length === 0 ? (
        <Empty>There is no money in the system yet.</Empty>
      ) : (
        <Table
          caption="Money in wallets, and on its way between two"
          rows={money}
          keyOf={({ Currency }) => Currency}
          columns={[
            { name: 'Currency', cell: ({ Currency }) => Currency, isHead: true },
            { name: 'In wallets', cell: ({ InWallets }) => <Amount of={InWallets} />, isNumber: true },
            { name: 'On its way', cell: ({ InTransit }) => <Amount of={InTransit} />, isNumber: true },
          ]}
        />
      )}
    </Section>
  );
}

function Declines({ period: { Declines: declines } }: { readonly period: Period }) {
  return (
    <Section id="declines" title="Why payments were declined">
      {declines.length === 0 ? (
        <Empty>Nothing was declined within the last day.</Empty>
      ) : (
        <Table
          caption="Declines of the last day, by reason"
          rows={declines}
          keyOf={({ Reason }) => Reason}
          columns={[
            { name: 'Because', cell: ({ Reason }) => reasonText(Reason), isHead: true },
            { name: 'How often', cell: ({ Count }) => formatCount(Count), isNumber: true },
          ]}
        />
      )}
    </Section>
  );
}
