import type { Decision } from '../ledger/decide.ts';
import { isFirstLinked } from '../ledger/leg.ts';
import { array, type Tx } from '../postgres/database.ts';
import { rows } from '../postgres/rows.ts';
import type { NamedAmount } from './reads.ts';

/** Gives back to a transaction what its declined refunds had reserved, so that it can be refunded later. */
export async function releaseRefunds(
  tx: Tx,
  decisions: readonly Decision[],
  debits: ReadonlyMap<string, NamedAmount>,
): Promise<void> {
  const parts = new Map<string, bigint>();
  for (const { operation, status, next } of decisions) {
    const isBack = status === 'success' && operation.leg === 'return';
    const isDeclined = status === 'decline' && next === null;
    if (operation.refundOf === null || !(isBack || isDeclined)) continue;
    if (operation.number > 0) {
      // Of a linked transaction, all counts as 1.
      if (isFirstLinked(operation)) parts.set(operation.refundOf, 1n);
      continue;
    }
    const { amount } = debits.get(operation.transactionId) ?? operation;
    parts.set(operation.refundOf, (parts.get(operation.refundOf) ?? 0n) + amount);
  }
  if (parts.size === 0) return;
  const ids = array(parts.keys());
  await tx`SELECT FROM refund_totals WHERE transaction_id = ANY (${ids}::uuid[]) ORDER BY transaction_id FOR UPDATE`;
  const released = rows(tx, 'released', [...parts], {
    transaction_id: ['uuid', ([transactionId]) => transactionId],
    amount: ['bigint', ([, amount]) => amount],
  });
  await tx`
    UPDATE refund_totals SET refunded = refunded - released.amount FROM ${released}
    WHERE refund_totals.transaction_id = ANY (ARRAY[released.transaction_id])`;
}
