import { allowSeconds, array, runTx, type Sql, type Statements, type Tx } from '../postgres/database.ts';
import { joinWhole } from '../postgres/snapshot.ts';
import { type CheckReport, PASSES, runPasses } from './passes.ts';
import { heldChange, spentAmount } from './rule-checks.ts';
import { portion, type Slice, sliceRows, type WalletState } from './scope.ts';

/** Seconds that a portion may take: a hundred times as long as it takes. */
const PORTION_SECONDS = 60;

/** What a portion found, and of which wallets. */
export interface Checked {
  readonly found: readonly CheckReport[];
  /** Wallets of which nothing is off. */
  readonly clean: readonly Slice[];
  readonly off: readonly Slice[];
}

/** What is locked meanwhile: of two parts that may run side by side, each has a table of its own. */
export type PortionLock = 'book_progress' | 'book_results';

/**
 * Runs work on a portion of the books in one consistent snapshot, after whoever else has one of the same locks: they come before
 * the snapshot, as one on a row or by a function could not. Tried again if its connection breaks; what it writes down is the
 * same then.
 *
 * @param locks in the order of their names, so that nobody waits for each other
 */
export async function inPortion<T>(
  sql: Sql,
  locks: readonly PortionLock[],
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  return await runTx(sql, async (tx) => {
    await tx`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ`;
    await tx.unsafe(`SET LOCAL lock_timeout = '${PORTION_SECONDS}s'`);
    // Whoever writes a row of a table is not kept waiting by this mode.
    for (const lock of locks) await tx`LOCK TABLE ${tx(lock)} IN SHARE UPDATE EXCLUSIVE MODE`;
    await allowSeconds(tx, PORTION_SECONDS);
    await joinWhole(tx);
    return await work(tx);
  });
}

/** Checks slices of chains, and all transactions of their operations and those that are named. */
export async function checkPortion(
  tx: Tx,
  slices: readonly Slice[],
  transactionIds: readonly string[],
): Promise<Checked> {
  const named = transactionIds.map((id) => ({ id }));
  const found = await runPasses(tx, portion(tx, slices, named), PASSES, Infinity);
  if (found.length === 0) return { found, clean: slices, off: [] };
  const rows = found.flatMap((check) => check.rows);
  // A sum that is off says nothing about where.
  const isAnywhere = rows.some((row) => row.walletId === null && row.transactionId === null);
  const wallets = await walletsOf(
    tx,
    rows.map((row) => row.transactionId).filter((id) => id !== null),
  );
  for (const { walletId } of rows) if (walletId !== null) wallets.add(walletId);
  const isOff = ({ walletId }: Slice) => isAnywhere || wallets.has(walletId.toString());
  return { found, clean: slices.filter((slice) => !isOff(slice)), off: slices.filter(isOff) };
}

async function walletsOf(tx: Tx, transactionIds: readonly string[]): Promise<Set<string>> {
  const wallets = await tx<{ id: bigint }[]>`
    SELECT DISTINCT leg.wallet_id AS id FROM unnest(${array(new Set(transactionIds))}::uuid[]) AS named
      CROSS JOIN LATERAL (SELECT wallet_id FROM legs WHERE transaction_id = named OFFSET 0) AS leg`;
  return new Set(wallets.map(({ id }) => id.toString()));
}

/** Reads the states of wallets at the end of their slices, of those that have an operation there. */
export async function readEnds(tx: Tx, slices: readonly Slice[]): Promise<WalletState[]> {
  return await tx<WalletState[]>`
    SELECT slice.wallet_id AS "walletId", last.position, coalesce(success.balance_after, slice.balance) AS balance,
      slice.held + coalesce(moved.held, 0) AS held, moved.spent_day AS "spentDay", moved.spent_month AS "spentMonth",
      coalesce(last.unlisted, 0) AS unlisted, encode(last.hash, 'hex') AS hash, last.processed_at AS "bookedAt"
    FROM ${sliceRows(tx, slices)} CROSS JOIN LATERAL (
      SELECT * FROM operations WHERE operations.wallet_id = slice.wallet_id AND operations.position = slice.upto OFFSET 0
    ) AS last LEFT JOIN LATERAL (
      SELECT balance_after FROM operations WHERE operations.wallet_id = slice.wallet_id
        AND operations.position > slice.position AND operations.position <= slice.upto AND status = 'success'
      ORDER BY operations.position DESC LIMIT 1
    ) AS success ON true CROSS JOIN LATERAL (
      SELECT sum(${heldChange(tx, tx`operations`)}) AS held, ${spentAt(tx, 'day')} AS spent_day, ${spentAt(tx, 'month')} AS spent_month
      FROM operations WHERE operations.wallet_id = slice.wallet_id AND operations.position > slice.position
        AND operations.position <= slice.upto AND status = 'success'
    ) AS moved`;
}

/** What was spent on the day, or in the month, of a slice's last operation. */
const spentAt = (sql: Statements, unit: 'day' | 'month') => sql`
  CASE WHEN date_trunc(${unit}, slice.booked_at::timestamptz) = date_trunc(${unit}, last.processed_at)
    THEN ${sql(`slice.spent_${unit}`)} ELSE 0 END + coalesce(sum(${spentAmount(sql)}) FILTER (
      WHERE date_trunc(${unit}, processed_at) = date_trunc(${unit}, last.processed_at)), 0)`;

/** Writes down where wallets were clean. */
export async function remember(tx: Tx, states: readonly WalletState[]): Promise<void> {
  if (states.length === 0) return;
  const slices = states.map((state) => ({ ...state, upTo: state.position, isEnd: false }));
  await tx`
    INSERT INTO book_checks (wallet_id, position, balance, held, spent_day, spent_month, unlisted, hash, booked_at)
    SELECT wallet_id, position, balance, held, spent_day, spent_month, unlisted, decode(hash, 'hex'), booked_at::timestamptz
    FROM ${sliceRows(tx, slices)}
    ON CONFLICT (wallet_id) DO UPDATE SET position = excluded.position, balance = excluded.balance,
      held = excluded.held, spent_day = excluded.spent_day, spent_month = excluded.spent_month, unlisted = excluded.unlisted, hash = excluded.hash, booked_at = excluded.booked_at`;
}
