import { NOTHING_PUBLISHED } from '../messaging/outbox.ts';
import { array, type Sql, type Tx } from '../postgres/database.ts';
import { runAndUndo } from '../postgres/undone.ts';
import { type Layout, ONE_SERVER } from './layout.ts';
import { nameWith } from './linked.ts';
import { type SettleReport, settlePending } from './settle-pending.ts';

export interface DryRunDeps {
  readonly sql: Sql;
  /** How the tables lie; by default on one server. */
  readonly layout?: Layout;
}

/** What is tried out. */
export interface Attempt<Value> {
  /** The wallets that it is about; ids that no wallet has are passed over. */
  wallets(tx: Tx): Promise<readonly bigint[]>;
  /** Records it. @returns the ids of its transactions; none if it is refused */
  record(tx: Tx): Promise<readonly string[]>;
  /** Reads what became of it. */
  show(tx: Tx, transactionIds: readonly string[], walletIds: readonly bigint[]): Promise<Value>;
}

/**
 * Transactions' worth of pending operations that are settled before one that is tried out, and with it: 20,000 take two seconds or
 * so, of the nine that the server allows. Behind a longer backlog it is told to be pending.
 */
const MAX_ROUNDS = 20;

/**
 * Does all that recording and settling a request would do now, with what is pending before it, and undoes it.
 *
 * All wallets are locked first, in id order, as processors do: so it waits for nobody who waits for it. Where a linked transaction
 * is before it, its other wallets are locked as well, unless somebody else holds them: it is told to be pending then. Nothing is
 * staged and nobody is woken.
 */
export async function dryRun<Value>(
  { sql, layout = ONE_SERVER }: DryRunDeps,
  attempt: Attempt<Value>,
): Promise<Value> {
  return await runAndUndo(sql, async (tx) => {
    const walletIds = await attempt.wallets(tx);
    await layout.lockWallets(tx, { walletIds, group: null, after: 0n });
    const transactionIds = await attempt.record(tx);
    await settleAll(tx, transactionIds, layout);
    return await attempt.show(tx, transactionIds, walletIds);
  });
}

/** Settles the transactions' legs, one after the other, with all that is pending before them. */
async function settleAll(tx: Tx, transactionIds: readonly string[], layout: Layout): Promise<void> {
  let waiting: SettleReport['waiting'] = [];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const pending = await tx<{ walletId: bigint }[]>`
      SELECT DISTINCT wallet_id AS "walletId" FROM pending_operations
      WHERE transaction_id = ANY (${array(transactionIds)}::uuid[]) AND number >= 0`;
    if (pending.length === 0) return;
    const own = pending.map(({ walletId }) => walletId);
    const { walletIds } = nameWith(own, waiting);
    const request = { walletIds, skipsLocked: true, group: null, after: 0n, isShared: walletIds.length > 1 };
    ({ waiting } = await settlePending(tx, request, NOTHING_PUBLISHED, layout, false));
  }
}
