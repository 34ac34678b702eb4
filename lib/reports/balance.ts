import { bisection } from '../postgres/bisection.ts';
import type { Sql } from '../postgres/database.ts';
import { noWallet, ok, type Result, refused } from '../wire/refusal.ts';
import { shownTime } from '../wire/time.ts';
import { isNearlyNow, isOpen, settledUntil } from './period.ts';

/** A wallet's balance at a moment, by the journal. */
export interface BalanceView {
  readonly WalletID: bigint;
  readonly Currency: string;
  readonly Balance: bigint;
  readonly At: string;
}

interface Reading {
  readonly currency: string;
  readonly balance: bigint;
  readonly at: string;
  readonly isPast: boolean;
  readonly isOpen: boolean;
}

/**
 * Looks up a balance in the past: the one after the last operation booked by then. It never changes once it was told:
 * if a settling transaction that began before may be under way, it is waited for and the balance read again. A moment that
 * is nearly now is now.
 *
 * @param sql a pool: the wallet's lock must end with the statement
 * @param at RFC 3339
 * @returns a refusal if the wallet is unknown or the moment is in the future
 */
export async function getBalanceAt(sql: Sql, id: bigint, at: string): Promise<Result<BalanceView>> {
  const first = await readBalance(sql, id, at);
  const reading = first?.isPast && first.isOpen ? await readBalance(sql, id, first.at) : first;
  if (reading === undefined) return noWallet(id);
  if (!reading.isPast) return refused('invalid_field', 'at must not be in the future');
  return ok({
    WalletID: id,
    Currency: reading.currency,
    Balance: reading.balance,
    At: shownTime(reading.at),
  });
}

/** Positions are in the order of time, so the last one booked by then is found by bisection. */
async function readBalance(sql: Sql, id: bigint, at: string): Promise<Reading | undefined> {
  const [row] = await sql<Reading[]>`
    WITH RECURSIVE booked AS (
      SELECT 0::bigint AS low, chain_length AS high FROM wallets WHERE id = ${id}
      ${bisection(sql, sql`booked`, id, sql`processed_at <= ${at}::timestamptz`)}
    )
    SELECT currency, CASE WHEN ${isNearlyNow(sql, at)} THEN now() ELSE ${at}::timestamptz END AS at,
      ${at}::timestamptz <= now() OR ${isNearlyNow(sql, at)} AS "isPast", ${isOpen(sql, at)} AS "isOpen",
      CASE WHEN booked_at <= ${at}::timestamptz THEN balance ELSE coalesce((
        SELECT balance_after FROM operations
        WHERE wallet_id = ${id} AND status = 'success' AND position <= (SELECT max(low) FROM booked)
        ORDER BY position DESC LIMIT 1
      ), 0) END AS balance, ${settledUntil(sql, id, at)}
    FROM wallets WHERE id = ${id}`;
  return row;
}
