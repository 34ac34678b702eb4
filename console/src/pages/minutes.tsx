import { formatCount, largest } from '../amount.ts';
import { Chart } from '../parts/chart.tsx';
import { Empty } from '../parts/states.tsx';
import { AsTable } from '../parts/table.tsx';
import { Time } from '../parts/values.tsx';
import type { Minute } from '../shapes.ts';
import { showMilliseconds } from '../time.ts';

/** The space beside the first and the last bar. */
const MINUTE_SECONDS = 60;

/** The operations of each minute as a chart, and as a table for whoever does not see it. */
export function MinutesChart({ minutes }: { readonly minutes: readonly Minute[] }) {
  const busiest = largest(minutes.map(({ Succeeded }) => Succeeded));
  const declined = minutes.reduce((sum, { Declined }) => sum + Declined, 0n);
  if (busiest === 0n && declined === 0n) return <Empty>Nothing was settled within the last hour.</Empty>;
  const summary = `Operations of the last ${minutes.length} minutes: up to ${formatCount(busiest)} done in a minute, ${formatCount(declined)} declined in all.`;
  const times = minutes.map(({ Minute }) => Date.parse(Minute) / 1_000);
  const numbers = (read: (minute: Minute) => bigint) => ({
    // Nothing is no bar, not one without height.
    values: minutes.map((minute) => Number(read(minute)) || null),
    texts: minutes.map((minute) => formatCount(read(minute))),
  });
  return (
    <>
      <Chart
        summary={summary}
        kind="bars"
        {...{ times, range: [(times[0] ?? 0) - MINUTE_SECONDS, (times.at(-1) ?? 0) + MINUTE_SECONDS] }}
        series={[
          { name: 'done', color: '--accent', ...numbers(({ Succeeded }) => Succeeded) },
          { name: 'declined', color: '--bad', ...numbers(({ Declined }) => Declined) },
        ]}
      />
      <AsTable
        caption="Operations by minute, the latest first"
        rows={minutes.toReversed()}
        keyOf={({ Minute }) => Minute}
        columns={[
          { name: 'Minute', cell: ({ Minute }) => <Time of={Minute} />, isHead: true },
          { name: 'Done', cell: ({ Succeeded }) => formatCount(Succeeded), isNumber: true },
          { name: 'Declined', cell: ({ Declined }) => formatCount(Declined), isNumber: true },
          {
            name: '95 of 100 within',
            cell: ({ P95 }) => (P95 === null ? '' : showMilliseconds(Number(P95))),
            isNumber: true,
          },
        ]}
      />
    </>
  );
}
