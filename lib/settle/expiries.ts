import { deduplicationId, type WakeUp } from '../messaging/wake-ups.ts';
import type { Statements } from '../postgres/database.ts';

/**
 * Records the expiry of holds whose time is over, each once, as pending operations.
 *
 * @param limit how many at most
 * @returns what wakes their wallets
 */
export async function recordExpiries(sql: Statements, limit: number): Promise<WakeUp[]> {
  const recorded = await sql<(Omit<WakeUp, 'deduplicationId'> & { id: bigint })[]>`
    WITH expired AS (
      UPDATE holds SET expiry_recorded = true
      WHERE id IN (
        SELECT id FROM holds WHERE status = 'active' AND NOT expiry_recorded AND expires_at <= now()
        ORDER BY expires_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)
      RETURNING id, wallet_id, amount
    ), operation AS (
      INSERT INTO operations (transaction_id, leg, wallet_id, amount, currency, hold_id, correlation_id)
      SELECT gen_random_uuid(), 'expiry', wallets.id, amount, currency, expired.id, 'expiry of ' || expired.id
      FROM expired JOIN wallets ON wallets.id = wallet_id
      RETURNING id, wallet_id, correlation_id
    )
    SELECT DISTINCT ON (wallet_id) wallet_id AS "walletId", wallet_group AS group,
      operation.id, correlation_id AS "correlationId"
    FROM operation JOIN wallets ON wallets.id = wallet_id`;
  return recorded.map(({ id, ...wakeUp }) => {
    return { ...wakeUp, deduplicationId: deduplicationId('operation', id) };
  });
}
