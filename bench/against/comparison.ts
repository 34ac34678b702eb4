import { assignGroups, makeWallets } from '../backlog.ts';
import { type Measurement, summarize, summarizeRatio, type Target } from '../measurement.ts';
import type { Requests } from './requests.ts';
import { type Side, withDatabase } from './side.ts';

/** Two builds on one server. */
export interface Comparison {
  /** This build and the other one. */
  readonly sides: readonly [Side, Side];
  /** Rounds, each of which measures both sides in turn, so that other load on the machine affects both alike. */
  readonly rounds: number;
  readonly log: (line: string) => void;
}

/** A part of the comparison. */
export interface ComparedPart {
  readonly name: string;
  readonly run: (comparison: Comparison) => Promise<Measurement[]>;
}

export const WALLETS = 100_000;

/** Wallets n and n + 2 share a group, n and n + 1 do not. One processor settles both. */
export const GROUPS = [1, 2];

/** Operations of a round: enough for twenty transactions. */
export const OPERATIONS = 20_000;

/** Operations of a request to `POST /batch`. */
const BATCH = 500;

/** Receipts on random wallets, by batches of 500, eight at once. */
export const RECEIPTS: Requests = {
  operations: 'receipts',
  count: OPERATIONS,
  perRequest: BATCH,
  atOnce: 8,
  wallets: [1, WALLETS],
  order: 'random',
  amount: '1000000',
};

/** Every other operation is a transfer to a wallet of the other group. */
export const HALF_AND_HALF: Requests = { ...RECEIPTS, operations: 'half and half', step: 1 };

/** What each wallet is funded with: enough for all later transfers. */
const FUNDS = '1000000000000';

/** A sample of each side and round, by what was measured. */
export type Samples<K extends string> = Readonly<Record<Side['name'], Record<K, number[]>>>;

/** Takes samples of both sides in turn, round after round. */
export async function inTurn<K extends string>(
  { sides, rounds, log }: Comparison,
  take: (side: Side) => Promise<Readonly<Record<K, number>>>,
): Promise<Samples<K>> {
  const samples = { this: {}, other: {} } as Samples<K>;
  for (let round = 1; round <= rounds; round++) {
    for (const side of sides) {
      const taken = await take(side);
      for (const [what, value] of Object.entries(taken) as [K, number][]) {
        samples[side.name][what] = [...(samples[side.name][what] ?? []), value];
        log(`round ${round} of ${rounds}, ${side.name} build, ${what}: ${value.toPrecision(4)}`);
      }
    }
  }
  return samples;
}

/** How a line of the table is worded. */
interface Wording {
  readonly name: string;
  readonly unit: string;
  readonly conditions: string;
  readonly target?: Target;
}

const SETTING = `${WALLETS} wallets in two groups, one processor, no queue, a bus that takes all at once; PostgreSQL 17 with fsync and synchronous commit, 2 GB of buffers; both builds in turn`;

/** What was measured of both builds, and the median of the rounds' ratios of this build to the other. */
export function compared<K extends string>(samples: Samples<K>, what: K, wording: Wording): Measurement[] {
  const { target, ...each } = describe(wording);
  const { this: ours, other } = samples;
  return [
    { ...each, name: `${wording.name}, this build`, ...summarize(ours[what]) },
    { ...each, name: `${wording.name}, the other build`, ...summarize(other[what]) },
    {
      ...each,
      unit: '×',
      name: `${wording.name}, this ÷ other`,
      ...summarizeRatio(ours[what], other[what]),
      ...(target && { target }),
    },
  ];
}

/** The ratio of two things measured of each build; the target is this build's. */
export function ratios<K extends string>(
  samples: Samples<K>,
  what: K,
  base: K,
  wording: Omit<Wording, 'unit'>,
): Measurement[] {
  const { target, ...each } = describe({ ...wording, unit: '×' });
  const { this: ours, other } = samples;
  return [
    { ...each, ...summarizeRatio(ours[what], ours[base]), ...(target && { target }) },
    { ...each, name: `${wording.name}, the other build`, ...summarizeRatio(other[what], other[base]) },
  ];
}

const describe = (wording: Wording): Wording => ({
  ...wording,
  conditions: `${wording.conditions}; ${SETTING}`,
});

/** Makes a database with wallets and rates; returns its URL. */
export async function makeBare(side: Side, name: string): Promise<string> {
  const url = await side.makeDatabase(name);
  await withDatabase(url, async (sql) => {
    await makeWallets(sql, WALLETS);
    await assignGroups(sql, GROUPS.length);
  });
  await tidy(url);
  return url;
}

/** Makes a database whose wallets have one receipt each. */
export async function makeFunded(side: Side, name: string): Promise<string> {
  const url = await makeBare(side, name);
  const requests: Requests = { ...RECEIPTS, count: WALLETS, order: 'in turn', amount: FUNDS };
  await side.perform({ kind: 'accept', url, requests });
  await tidy(url);
  await side.perform({ kind: 'settle', url, groups: GROUPS });
  await tidy(url);
  return url;
}

/** What autovacuum would do, which is off here. */
export async function tidy(url: string): Promise<void> {
  await withDatabase(url, (sql) => sql.unsafe('VACUUM (ANALYZE)'));
}

/** Does something with a fresh copy of a database, whose books must be clean afterwards. */
export async function withCopy<T>(
  side: Side,
  original: string,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const url = await side.copyDatabase('round', original);
  const result = await work(url);
  await side.reconcile(url);
  await side.dropDatabase('round');
  return result;
}

/** Makes a database of each side, and deletes them after the work. */
export async function withEach<T>(
  { sides, log }: Comparison,
  name: string,
  make: (side: Side, name: string) => Promise<unknown>,
  work: () => Promise<T>,
): Promise<T> {
  for (const side of sides) {
    log(`making the ${side.name} build's database: ${name}`);
    await make(side, name);
  }
  const result = await work();
  for (const side of sides) await side.dropDatabase(name);
  return result;
}

/** What settling took. */
export interface Settling {
  readonly perSecond: number;
  /** Processor time of an operation in microseconds, of Node and of the server together. */
  readonly processorUs: number;
}

/** Accepts a backlog and settles it. */
export async function settleBacklog(side: Side, url: string, requests: Requests): Promise<Settling> {
  await side.perform({ kind: 'accept', url, requests });
  await tidy(url);
  const { timeMs, nodeMs, serverMs } = await side.perform({ kind: 'settle', url, groups: GROUPS });
  return {
    perSecond: (requests.count / timeMs) * 1_000,
    processorUs: ((nodeMs + serverMs) / requests.count) * 1_000,
  };
}
