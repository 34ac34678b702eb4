import type { Statements } from '../postgres/database.ts';
import type { Awaited, Known, WaiterDeps } from './waiter.ts';

/**
 * Makes what settles a transaction at once, or waits for whoever does. Its code is loaded by the first request that waits:
 * others need none of it.
 *
 * @param show reads what is known of a transaction
 */
export const settleAtOnce =
  <View extends Known>(show: (sql: Statements, transactionId: string) => Promise<View>) =>
  async (deps: WaiterDeps, awaited: Awaited, msLeft: () => number): Promise<View> => {
    const { settleAndShow } = await import('./waiter.ts');
    return await settleAndShow(deps, awaited, () => show(deps.sql, awaited.transactionId), msLeft);
  };
