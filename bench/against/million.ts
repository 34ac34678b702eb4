import type { Measurement } from '../measurement.ts';
import {
  type ComparedPart,
  type Comparison,
  compared,
  GROUPS,
  HALF_AND_HALF,
  inTurn,
  makeBare,
  makeFunded,
  OPERATIONS,
  RECEIPTS,
  ratios,
  tidy,
  WALLETS,
  withCopy,
  withEach,
} from './comparison.ts';
import { type Side, withDatabase } from './side.ts';

/** Rows of the journal. */
const SETTLED = 1_000_000;

/** Two operations are a receipt and a transfer: three legs. */
const PORTIONS = Math.ceil((SETTLED - WALLETS) / (OPERATIONS * 1.5));

async function sizeOf(url: string): Promise<number> {
  return await withDatabase(url, async (sql) => {
    const [row] = await sql<
      { bytes: number }[]
    >`SELECT pg_database_size(current_database())::float8 AS bytes`;
    return row?.bytes ?? Number.NaN;
  });
}

/** Fills a journal; returns the bytes on disk that an operation of it took. Between portions is vacuumed. */
async function fill(side: Side, name: string): Promise<number> {
  const url = await makeFunded(side, name);
  const before = await sizeOf(url);
  for (let portion = 0; portion < PORTIONS; portion++) {
    await side.perform({ kind: 'accept', url, requests: HALF_AND_HALF });
    await side.perform({ kind: 'settle', url, groups: GROUPS });
    await tidy(url);
  }
  return ((await sizeOf(url)) - before) / (PORTIONS * OPERATIONS);
}

async function timeOf(side: Side, url: string): Promise<number> {
  await side.perform({ kind: 'accept', url, requests: RECEIPTS });
  await tidy(url);
  const { timeMs } = await side.perform({ kind: 'settle', url, groups: GROUPS });
  return (timeMs / RECEIPTS.count) * 1_000;
}

async function takeJournal(side: Side) {
  const url = side.urlOf('million');
  const long = await timeOf(side, url);
  await side.reconcile(url);
  return { long, empty: await withCopy(side, 'bare', (copy) => timeOf(side, copy)) };
}

async function takeVerify(side: Side) {
  const { count, timeMs } = await side.perform({ kind: 'verify', url: side.urlOf('million') });
  return { rate: (count / timeMs) * 1_000 };
}

const conditions = `${SETTLED} settled operations, half receipts and half transfers`;

async function journal(comparison: Comparison): Promise<Measurement[]> {
  const samples = await inTurn(comparison, takeJournal);
  return [
    ...compared(samples, 'long', { name: `settle a receipt after ${SETTLED}`, unit: 'µs', conditions }),
    ...ratios(samples, 'long', 'empty', {
      name: `settle a receipt after ${SETTLED} ÷ in an empty journal`,
      conditions,
      target: { atMost: 1.15 },
    }),
  ];
}

async function verify(comparison: Comparison): Promise<Measurement[]> {
  const samples = await inTurn(comparison, takeVerify);
  const wording = { name: 'verify', unit: 'operations/s', conditions, target: { atLeast: 2.5 } };
  return compared(samples, 'rate', wording);
}

async function size(
  comparison: Comparison,
  sizes: Readonly<Record<Side['name'], number>>,
): Promise<Measurement[]> {
  const samples = await inTurn({ ...comparison, rounds: 1 }, async (side) => ({ bytes: sizes[side.name] }));
  return compared(samples, 'bytes', {
    name: 'bytes on disk of an operation',
    unit: 'bytes',
    conditions: `${conditions}, vacuumed between portions of ${OPERATIONS}`,
    target: { atMost: 0.6 },
  });
}

/** All that takes a long journal. */
export const million: ComparedPart = {
  name: 'million',
  run: async (comparison) => {
    const sizes = { this: Number.NaN, other: Number.NaN };
    const make = async (side: Side, name: string): Promise<void> => {
      sizes[side.name] = await fill(side, name);
    };
    return await withEach(comparison, 'bare', makeBare, () =>
      withEach(comparison, 'million', make, async () => [
        ...(await size(comparison, sizes)),
        ...(await verify(comparison)),
        ...(await journal(comparison)),
      ]),
    );
  },
};
