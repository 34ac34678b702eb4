import type { Measurement } from '../measurement.ts';
import {
  type ComparedPart,
  type Comparison,
  compared,
  GROUPS,
  inTurn,
  makeFunded,
  OPERATIONS,
  RECEIPTS,
  ratios,
  tidy,
  withEach,
} from './comparison.ts';
import type { Side } from './side.ts';

const MANY = 1_000_000;

/** Milliseconds after which no transaction of the long backlog begins. */
const LIMIT_MS = 3_000;

/** The most milliseconds of a pass of the relay. */
const PASS_MS = 1_000;

/** Statistics stay those of an empty backlog: from here on nothing is vacuumed or analyzed. */
async function makeMany(side: Side, name: string): Promise<void> {
  const url = await makeFunded(side, name);
  await side.perform({ kind: 'accept', url, requests: { ...RECEIPTS, count: MANY } });
}

async function take(side: Side) {
  await side.perform({ kind: 'accept', url: side.urlOf('few'), requests: RECEIPTS });
  const few = await side.perform({ kind: 'settle', url: side.urlOf('few'), groups: GROUPS });
  const relay = await side.perform({ kind: 'relay', url: side.urlOf('many') });
  if (relay.count === 0 && side.name === 'this') throw new Error('the relay was cut off');
  const task = { kind: 'settle', groups: GROUPS, limitMs: LIMIT_MS } as const;
  const many = await side.perform({ ...task, url: side.urlOf('many') });
  return {
    few: (few.count / few.timeMs) * 1_000,
    many: (many.count / many.timeMs) * 1_000,
    relay: relay.timeMs,
  };
}

async function run(comparison: Comparison): Promise<Measurement[]> {
  const samples = await inTurn(comparison, take);
  for (const side of comparison.sides) {
    for (const name of ['few', 'many']) {
      await tidy(side.urlOf(name));
      await side.reconcile(side.urlOf(name));
    }
  }
  const conditions = `receipts; ${MANY} pending against ${OPERATIONS}, with statistics from an empty backlog`;
  const [ours, others, ratio] = compared(samples, 'relay', {
    name: 'a pass of the relay',
    unit: 'ms',
    conditions,
  });
  return [
    ...compared(samples, 'many', { name: `settle with ${MANY} pending`, unit: 'operations/s', conditions }),
    ...ratios(samples, 'many', 'few', {
      name: `settle with ${MANY} pending ÷ with ${OPERATIONS}`,
      conditions,
      target: { atLeast: 0.85 },
    }),
    ...[ours, others, ratio]
      .filter((line) => line !== undefined)
      .map((line) => (line === ours ? { ...line, target: { atMost: PASS_MS } } : line)),
  ];
}

export const pending: ComparedPart = {
  name: 'pending',
  run: (comparison) =>
    withEach(comparison, 'few', makeFunded, () =>
      withEach(comparison, 'many', makeMany, () => run(comparison)),
    ),
};
