import type { Statements } from '../postgres/database.ts';
import type { Attempt, DryRunDeps } from './dry-run.ts';
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

/**
 * Makes what tries a request out, and undoes it. Its code is loaded by the first such request.
 *
 * @param show reads what became of it, within the transaction
 */
export const settleAndUndo =
  <Value>(show: Attempt<Value>['show']) =>
  async (deps: DryRunDeps, attempt: Omit<Attempt<Value>, 'show'>): Promise<Value> => {
    const { dryRun } = await import('./dry-run.ts');
    return await dryRun(deps, { ...attempt, show });
  };
