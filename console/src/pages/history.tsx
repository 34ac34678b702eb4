import { useMemo, useState } from 'preact/hooks';
import { formatAmount, formatCount, largest, smallest } from '../amount.ts';
import { useLoad } from '../load.ts';
import { Chart } from '../parts/chart.tsx';
import { Section } from '../parts/page.tsx';
import { Empty, Show } from '../parts/states.tsx';
import { AsTable } from '../parts/table.tsx';
import { Amount, Time } from '../parts/values.tsx';
import { isShortest, moved, type Range, within, zoomed } from '../range.ts';
import type { History, Wallet } from '../shapes.ts';

/** Points of a chart: one for each two pixels of a wide screen. */
const POINTS = 500;

/** Rows of the table beside it: the operations below have each one. */
const MAX_ROWS = 100;

/** How far the period goes at once: half of what is seen stays. */
const STEP = 0.5;

const MILLIONTHS = 1_000_000;

/** A wallet's balance over time, to look at closer and closer. */
export function BalanceHistory({ wallet }: { readonly wallet: Wallet }) {
  const { WalletID, CreatedAt } = wallet;
  const bounds = useMemo<Range>(() => ({ from: Date.parse(CreatedAt), to: Date.now() }), [wallet]);
  const [range, setRange] = useState<Range>();
  const { from, to } = range ?? within(bounds, bounds);
  const asked = { from: new Date(from).toISOString(), to: new Date(to).toISOString(), points: POINTS };
  const loaded = useLoad<History>(`history ${WalletID} ${JSON.stringify(asked)}`, (api, signal) =>
    api.get(`/wallet/${WalletID}/history`, asked, signal),
  );
  const seen = { from, to };
  const button = (name: string, next: Range | undefined, isDisabled = false) => (
    <button type="button" disabled={isDisabled} onClick={() => setRange(next)}>
      {name}
    </button>
  );
  return (
    <Section id="history" title="Balance over time">
      <div class="buttons">
        {button('Zoom in', zoomed(seen, STEP, bounds), isShortest(seen))}
        {button('Zoom out', zoomed(seen, 1 / STEP, bounds), range === undefined)}
        {button('Earlier', moved(seen, -STEP, bounds), range === undefined)}
        {button('Later', moved(seen, STEP, bounds), range === undefined)}
        {button('Whole time', undefined, range === undefined)}
      </div>
      <Show loaded={loaded} what="the balance">
        {(history) => (
          <HistoryChart
            history={history}
            onZoom={(first, last) => setRange(within({ from: first * 1_000, to: last * 1_000 }, bounds))}
          />
        )}
      </Show>
    </Section>
  );
}

function HistoryChart({
  history,
  onZoom,
}: {
  readonly history: History;
  readonly onZoom: (from: number, to: number) => void;
}) {
  const { From, To, Currency, Points, IsSampled } = history;
  const last = Points.at(-1)?.Balance ?? history.Balance;
  const all = [{ At: From, Balance: history.Balance }, ...Points, { At: To, Balance: last }];
  const balances = all.map(({ Balance }) => Balance);
  const units = (amount: bigint): string => `${formatAmount(amount)} ${Currency}`;
  const changes = `${IsSampled ? 'over ' : ''}${formatCount(Points.length)} change${Points.length === 1 ? '' : 's'}`;
  const summary = `Balance: ${units(history.Balance)} at the beginning, ${units(last)} at the end; lowest ${units(
    smallest(balances),
  )}, highest ${units(largest(balances))}; ${changes}.`;
  if (Points.length === 0 && last === 0n) return <Empty>Nothing was in the wallet in this time.</Empty>;
  return (
    <>
      <Chart
        {...{ summary, onZoom, kind: 'steps', range: [seconds(From), seconds(To)] }}
        times={all.map(({ At }) => seconds(At))}
        series={[
          {
            ...{ name: 'balance', color: '--accent', texts: balances.map(units) },
            // Only drawn: the texts have all digits.
            values: balances.map((balance) => Number(balance) / MILLIONTHS),
          },
        ]}
      />
      <p class="hint">
        Draw a frame in the chart to look closer.{' '}
        {IsSampled && 'There are more changes than it shows: look closer to see each.'}
      </p>
      {Points.length > 0 && (
        <AsTable
          caption={`The latest ${Math.min(Points.length, MAX_ROWS)} changes shown`}
          rows={Points.slice(-MAX_ROWS).toReversed()}
          keyOf={({ Position }) => String(Position)}
          columns={[
            { name: 'When', cell: ({ At }) => <Time of={At} />, isHead: true },
            {
              name: 'Balance',
              cell: ({ Balance }) => <Amount of={Balance} currency={Currency} />,
              isNumber: true,
            },
          ]}
        />
      )}
    </>
  );
}

const seconds = (iso: string): number => Date.parse(iso) / 1_000;
