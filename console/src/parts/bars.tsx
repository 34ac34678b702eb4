import { formatCount } from '../amount.ts';

/** Two bars of a group, such as before and after. */
export interface Pair {
  readonly name: string;
  readonly before: bigint;
  readonly after: bigint;
}

// The drawing's own units; it is as wide as its place.
const WIDTH = 600;
const HEIGHT = 200;
const FOOT = 20;
const HEAD = 16;
/** The share of a group's place that its two bars take. */
const FILLED = 0.7;
/** With more groups, their names would overlap. */
const MAX_NAMES = 24;

/** Pairs of bars side by side, on one scale. What it shows is told by the table beside it. */
export function PairedBars({
  pairs,
  summary,
}: {
  readonly pairs: readonly Pair[];
  readonly summary: string;
}) {
  const most = pairs.reduce((max, { before, after }) => Math.max(max, Number(before), Number(after)), 1);
  const place = WIDTH / Math.max(pairs.length, 1);
  const bar = (place * FILLED) / 2;
  const heightOf = (load: bigint): number => (Number(load) / most) * (HEIGHT - FOOT - HEAD);
  const total = pairs.reduce((sum, { after }) => sum + Number(after), 0);
  const even = HEIGHT - FOOT - (total / Math.max(pairs.length, 1) / most) * (HEIGHT - FOOT - HEAD);
  return (
    <svg class="bars" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={summary}>
      {pairs.map(({ name, before, after }, index) => {
        const left = index * place + (place * (1 - FILLED)) / 2;
        return (
          <g key={name}>
            <title>{`Group ${name}: ${formatCount(before)} before, ${formatCount(after)} after`}</title>
            <rect
              class="before"
              {...{ x: left, y: HEIGHT - FOOT - heightOf(before), width: bar, height: heightOf(before) }}
            />
            <rect
              class="after"
              {...{ x: left + bar, y: HEIGHT - FOOT - heightOf(after), width: bar, height: heightOf(after) }}
            />
            {pairs.length <= MAX_NAMES && (
              <text x={left + bar} y={HEIGHT - 5} text-anchor="middle">
                {name}
              </text>
            )}
          </g>
        );
      })}
      <line class="even" x1={0} x2={WIDTH} y1={even} y2={even} />
    </svg>
  );
}
