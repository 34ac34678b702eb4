import { MAX_ID } from '../ledger/id.ts';
import { array, type Tx } from '../postgres/database.ts';
import { type CheckReport, runPasses, WALLET_PASSES } from './passes.ts';
import { checkPortion, readEnds, remember } from './portion.ts';
import { nextWallets, range, type Slice, type WalletState } from './scope.ts';

/** How much one portion takes. */
export interface Sizes {
  readonly operations: number;
  readonly wallets: number;
}

/** What a portion came to. */
interface Step {
  readonly found: readonly CheckReport[];
  readonly operations: number;
  readonly wallets: number;
  /** Where the next portion begins; undefined at the end of the part. */
  readonly next: WalletState | undefined;
}

/**
 * A part of the check of the books: takes one portion, from where the previous one ended.
 *
 * @param isAlone whether no other part runs meanwhile
 * @returns undefined, with nothing written down, if it has to be alone for this portion
 */
export type Part = (tx: Tx, from: WalletState, sizes: Sizes, isAlone: boolean) => Promise<Step | undefined>;

/** The beginning of a wallet, and of every part. */
export const beginningOf = (walletId: bigint): WalletState => ({
  walletId,
  position: 0n,
  balance: 0n,
  held: 0n,
  spentDay: 0n,
  spentMonth: 0n,
  unlisted: 0n,
  hash: '',
  bookedAt: null,
});

/**
 * What came since each wallet was last clean, and whether the wallets of which nothing came are as they were. `from` names
 * the last wallet that is done.
 */
export const checkNew: Part = async (tx, from, sizes) => {
  const after = from.walletId;
  const page = await nextWallets(tx, after, sizes.wallets);
  const changed = await readChanged(tx, after, page.upTo, sizes.wallets);
  const { slices, isCut } = takeSlices(changed, sizes.operations);
  const checked = await checkPortion(tx, slices, []);
  await remember(tx, await readEnds(tx, checked.clean));

  const last = slices.at(-1);
  const isWhole = slices.length === changed.length && !isCut;
  // A wallet that is off is left behind, or the rest would never be reached.
  const isStuck = isCut && checked.off.includes(last as Slice);
  const done = isWhole ? page.upTo : (last?.walletId ?? after) - (isCut && !isStuck ? 1n : 0n);
  const ofWallets = await runPasses(tx, range(tx, after, done), WALLET_PASSES);
  return {
    found: [...checked.found, ...ofWallets],
    operations: slices.reduce((sum, { upTo, position }) => sum + Math.max(0, Number(upTo - position)), 0),
    wallets: isWhole ? page.wallets : await countWallets(tx, after, done),
    next: done === MAX_ID ? undefined : beginningOf(done),
  };
};

/** A wallet's state when it was last clean, and how long its chain is now. */
type Changed = WalletState & { readonly chainLength: bigint };

/** Wallets whose rows are not as they were when they were last clean. */
async function readChanged(tx: Tx, after: bigint, upTo: bigint, limit: number): Promise<Changed[]> {
  return await tx<Changed[]>`
    SELECT coalesce(id, wallet_id) AS "walletId", coalesce(position, 0) AS position,
      coalesce(checked.balance, 0) AS balance, coalesce(checked.held, 0) AS held,
      coalesce(checked.spent_day, 0) AS "spentDay", coalesce(checked.spent_month, 0) AS "spentMonth",
      coalesce(checked.unlisted, 0) AS unlisted,
      coalesce(encode(hash, 'hex'), '') AS hash, checked.booked_at AS "bookedAt",
      coalesce(chain_length, position) AS "chainLength"
    FROM (SELECT * FROM wallets WHERE id > ${after} AND id <= ${upTo}) AS wallet FULL JOIN (
      SELECT * FROM book_checks WHERE wallet_id > ${after} AND wallet_id <= ${upTo}
    ) AS checked ON wallet_id = id
    WHERE ROW(chain_length, wallet.balance, wallet.unlisted, chain_head, wallet.booked_at) IS DISTINCT FROM
      ROW(coalesce(position, 0), coalesce(checked.balance, 0), coalesce(checked.unlisted, 0), coalesce(hash, ''),
        checked.booked_at)
    ORDER BY 1 LIMIT ${limit}`;
}

/** As many slices as there is room for; the last one may be cut. */
function takeSlices(wallets: readonly Changed[], room: number): { slices: Slice[]; isCut: boolean } {
  const slices: Slice[] = [];
  let left = BigInt(room);
  for (const { chainLength, ...state } of wallets) {
    const length = chainLength - state.position;
    if (length > left) {
      if (left > 0n) slices.push({ ...state, upTo: state.position + left, isEnd: false });
      return { slices, isCut: left > 0n };
    }
    slices.push({ ...state, upTo: chainLength, isEnd: true });
    if (length > 0n) left -= length;
  }
  return { slices, isCut: false };
}

async function countWallets(tx: Tx, after: bigint, upTo: bigint): Promise<number> {
  const [row] = await tx<{ wallets: number }[]>`
    SELECT count(*)::float8 AS wallets FROM wallets WHERE id > ${after} AND id <= ${upTo}`;
  return row?.wallets ?? 0;
}

/** The transactions of all pending operations. `from` names the last operation that is done: its id is the position. */
export const checkPending: Part = async (tx, from, sizes) => {
  const pending = await tx<{ walletId: bigint; id: bigint; transactionId: string }[]>`
    SELECT wallet_id AS "walletId", id, transaction_id AS "transactionId" FROM pending_operations
    WHERE (wallet_id, id) > (${from.walletId}, ${from.position}) ORDER BY wallet_id, id LIMIT ${sizes.operations}`;
  const checked = await checkPortion(tx, [], [...new Set(pending.map(({ transactionId }) => transactionId))]);
  const last = pending.length < sizes.operations ? undefined : pending.at(-1);
  return {
    found: checked.found,
    operations: pending.length,
    wallets: 0,
    next: last && { ...beginningOf(last.walletId), position: last.id },
  };
};

/**
 * What was clean before, once more. `from` is the state where the previous portion ended. A wallet that is off goes back to
 * the state before, so that it counts as new until it is clean: alone, as the part of what is new may be about to remember more of it.
 */
export const checkAgain: Part = async (tx, from, sizes, isAlone) => {
  const marks = await tx<{ walletId: bigint; position: bigint }[]>`
    SELECT wallet_id AS "walletId", position FROM book_checks
    WHERE wallet_id >= ${from.walletId} ORDER BY wallet_id LIMIT ${sizes.wallets}`;
  const wallets = marks.map(({ walletId, position }) => {
    const isWithin = walletId === from.walletId && from.position <= position;
    return { ...(isWithin ? from : beginningOf(walletId)), chainLength: position };
  });
  const taken = takeSlices(wallets, sizes.operations);
  // The wallet's row may be further by now: it is compared with what is new.
  const slices = taken.slices.map((slice) => ({ ...slice, isEnd: false }));
  const checked = await checkPortion(tx, slices, []);
  if (checked.off.length > 0 && !isAlone) return undefined;
  await goBack(tx, checked.off);
  const last = slices.at(-1);
  const isEnd = !taken.isCut && slices.length === wallets.length && wallets.length < sizes.wallets;
  // What comes behind an operation that is off counts as new, too, and nothing follows from its state.
  const isCut = taken.isCut && last !== undefined && !checked.off.includes(last);
  const [end] = isCut ? await readEnds(tx, [last]) : [];
  return {
    found: checked.found,
    operations: slices.reduce((sum, { upTo, position }) => sum + Number(upTo - position), 0),
    wallets: 0,
    next: isEnd || last === undefined ? undefined : (end ?? beginningOf(last.walletId + 1n)),
  };
};

async function goBack(tx: Tx, slices: readonly Slice[]): Promise<void> {
  if (slices.length === 0) return;
  const ids = array(slices.map(({ walletId }) => walletId));
  const marks = await tx<{ id: bigint }[]>`
    SELECT wallet_id AS id FROM book_checks WHERE wallet_id = ANY (${ids}::bigint[])`;
  const known = new Set(marks.map(({ id }) => id));
  await remember(
    tx,
    slices.filter(({ walletId }) => known.has(walletId)),
  );
}
