import {
  type ComparedPart,
  compared,
  HALF_AND_HALF,
  inTurn,
  makeBare,
  OPERATIONS,
  RECEIPTS,
  ratios,
  tidy,
  WALLETS,
  withCopy,
  withEach,
} from './comparison.ts';
import type { Requests } from './requests.ts';
import { type Side, withDatabase } from './side.ts';

/** Wallets at the largest balance, and as many that are empty, all of group 1. The others are of group 2. */
const FULL = 500;
const MAX_AMOUNT = '9223372036854775807';

/** A receipt for each wallet of a range. */
const oneEach = (wallets: readonly [number, number], amount: string): Requests => ({
  ...RECEIPTS,
  count: FULL,
  wallets,
  order: 'in turn',
  amount,
});

const THAT_FIT = oneEach([FULL + 1, 2 * FULL], '1');
const TOO_MUCH = oneEach([1, FULL], '1');

async function makeFull(side: Side, name: string): Promise<void> {
  const url = await makeBare(side, name);
  await withDatabase(url, async (sql) => {
    await sql`UPDATE wallets SET wallet_group = CASE WHEN id <= ${2 * FULL} THEN 1 ELSE 2 END`;
  });
  await timeOf(side, url, oneEach([1, FULL], MAX_AMOUNT));
  await tidy(url);
}

async function timeOf(side: Side, url: string, requests: Requests): Promise<number> {
  await side.perform({ kind: 'accept', url, requests });
  const { count, timeMs } = await side.perform({ kind: 'settle', url, groups: [1] });
  if (count !== requests.count) throw new Error(`${count} settled of ${requests.count}`);
  return timeMs;
}

async function takeFull(side: Side, url: string) {
  await side.perform({
    kind: 'accept',
    url,
    requests: { ...HALF_AND_HALF, wallets: [2 * FULL + 1, WALLETS] },
  });
  await tidy(url);
  // Reads what is needed into memory.
  await timeOf(side, url, THAT_FIT);
  return { fit: await timeOf(side, url, THAT_FIT), full: await timeOf(side, url, TOO_MUCH) };
}

export const full: ComparedPart = {
  name: 'full',
  run: (comparison) =>
    withEach(comparison, 'full', makeFull, async () => {
      const samples = await inTurn(comparison, (side) =>
        withCopy(side, 'full', (url) => takeFull(side, url)),
      );
      const conditions = `${FULL} receipts of as many wallets, ${OPERATIONS} operations pending in another group`;
      return [
        ...compared(samples, 'full', { name: 'settle receipts for full wallets', unit: 'ms', conditions }),
        ...ratios(samples, 'full', 'fit', {
          name: 'settle receipts for full wallets ÷ that fit',
          conditions,
          target: { atMost: 2 },
        }),
      ];
    }),
};

/** The busy wallet and the stranger are of one group. */
const [BUSY, STRANGER] = [1, 3];
const BUSY_OPERATIONS = 50_000;
const of = (wallet: number): Requests => ({
  ...RECEIPTS,
  wallets: [wallet, wallet],
  order: 'first',
  atOnce: 1,
});

export const neighbour: ComparedPart = {
  name: 'neighbour',
  run: (comparison) =>
    withEach(comparison, 'bare', makeBare, async () => {
      const samples = await inTurn(comparison, (side) =>
        withCopy(side, 'bare', async (url) => {
          const busy = { ...of(BUSY), count: BUSY_OPERATIONS };
          const stranger = { ...of(STRANGER), count: 1, perRequest: 1 };
          return { ms: (await side.perform({ kind: 'neighbour', url, busy, stranger })).timeMs };
        }),
      );
      const wording = {
        name: "a stranger's operation in a busy wallet's group",
        unit: 'ms',
        conditions: `accepted after ${BUSY_OPERATIONS} of the busy wallet, until it is settled`,
      };
      return compared(samples, 'ms', wording).map((line, index) =>
        index === 0 ? { ...line, target: { atMost: 1_000 } } : line,
      );
    }),
};
