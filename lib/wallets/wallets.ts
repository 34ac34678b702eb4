import type { EventDetail } from '../messaging/event-schemas.ts';
import { array, type Statements } from '../postgres/database.ts';
import { currencyNotAllowed, noWallet, ok, type Result, refused } from '../wire/refusal.ts';

export interface NewWallet {
  readonly Name: string;
  readonly Country: string;
  readonly City: string;
  readonly Currency: string;
}

/** A wallet as callers see it; amounts are millionths of a unit of Currency. */
export interface WalletView extends NewWallet {
  readonly WalletID: bigint;
  readonly Balance: bigint;
  /** What of the balance no hold reserves. */
  readonly Available: bigint;
  readonly Group: number;
  readonly CreatedAt: string;
}

export interface CreatedWallet {
  readonly walletId: bigint;
  /** The outbox id of the event that tells of it. */
  readonly eventId: bigint;
}

/**
 * Creates a wallet with nothing in it and stages its event, in one statement. Wallets are dealt round-robin over
 * the groups.
 *
 * @param groups how many wallet groups there are
 * @returns a refusal where the currency is not allowed
 */
export async function createWallet(
  sql: Statements,
  wallet: NewWallet,
  groups: number,
  correlationId: string,
): Promise<Result<CreatedWallet>> {
  const event: Omit<EventDetail<'WalletCreated'>, 'WalletId'> = {
    Version: 1,
    CorrelationId: correlationId,
    ...wallet,
  };
  const [created] = await sql<CreatedWallet[]>`
    WITH next AS (
      SELECT nextval('wallet_ids') AS id FROM currencies
      WHERE name = ${wallet.Currency} AND withdrawn_at IS NULL
    ), wallet AS (
      INSERT INTO wallets (id, name, country, city, currency, wallet_group)
      SELECT id, ${wallet.Name}, ${wallet.Country}, ${wallet.City}, ${wallet.Currency}, (id - 1) % ${groups} + 1
      FROM next RETURNING id
    )
    INSERT INTO outbox (detail_type, detail)
    SELECT 'WalletCreated', (${JSON.stringify(event)}::text::jsonb || jsonb_build_object('WalletId', id::text))::json FROM wallet
    RETURNING id AS "eventId", (SELECT id FROM wallet) AS "walletId"`;
  return created === undefined ? currencyNotAllowed() : ok(created);
}

/** @returns the wallet, or a refusal where there is none */
export async function getWallet(sql: Statements, id: bigint): Promise<Result<WalletView>> {
  const [row] = await sql<WalletRow[]>`SELECT ${walletColumns(sql)} FROM wallets WHERE id = ${id}`;
  return row === undefined ? noWallet(id) : ok(toView(row));
}

/** A wallet's balance at a moment, out of the journal. */
export interface BalanceView {
  readonly WalletID: bigint;
  readonly Currency: string;
  readonly Balance: bigint;
  readonly At: string;
}

interface BalanceRow {
  readonly currency: string;
  readonly at: string;
  readonly isPast: boolean;
  readonly balance: bigint;
}

/**
 * Looks up a balance in the past: that after the last operation settled by then. The chain is in the order of time,
 * so its end at that moment is found by bisection.
 *
 * @param at RFC 3339
 * @returns a refusal where there is no such wallet, or the moment is still to come
 */
export async function getBalanceAt(sql: Statements, id: bigint, at: string): Promise<Result<BalanceView>> {
  const [row] = await sql<BalanceRow[]>`
    WITH RECURSIVE bisection AS (
      SELECT 0::bigint AS low, chain_length AS high FROM wallets WHERE id = ${id}
      UNION ALL
      SELECT CASE WHEN middle.processed_at <= ${at}::timestamptz THEN middle.position ELSE low END,
        CASE WHEN middle.processed_at <= ${at}::timestamptz THEN high ELSE middle.position - 1 END
      FROM bisection JOIN operations AS middle
        ON middle.wallet_id = ${id} AND middle.position = low + (high - low + 1) / 2
      WHERE low < high
    )
    SELECT currency, ${at}::timestamptz AS at, ${at}::timestamptz <= now() AS "isPast",
      coalesce((
        SELECT balance_after FROM operations
        WHERE wallet_id = ${id} AND status = 'success' AND position <= (SELECT max(low) FROM bisection)
        ORDER BY position DESC LIMIT 1
      ), 0) AS balance
    FROM wallets WHERE id = ${id}`;
  if (row === undefined) return noWallet(id);
  const view = { WalletID: id, Currency: row.currency, At: row.at, Balance: row.balance };
  return row.isPast ? ok(view) : refused('invalid_field', 'at must not be in the future');
}

/**
 * Lists wallets by id.
 *
 * @param after only wallets with a larger id
 * @param limit how many at most
 * @returns the wallets, and the id to go on after, or null where there are no more
 */
export async function listWallets(
  sql: Statements,
  after: bigint,
  limit: number,
): Promise<{ Wallets: readonly WalletView[]; Next: bigint | null }> {
  const rows = await sql<WalletRow[]>`
    SELECT ${walletColumns(sql)} FROM wallets WHERE id > ${after} ORDER BY id LIMIT ${limit + 1}`;
  const page = rows.slice(0, limit);
  return { Wallets: page.map(toView), Next: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
}

interface WalletRow {
  readonly id: bigint;
  readonly name: string;
  readonly country: string;
  readonly city: string;
  readonly currency: string;
  readonly balance: bigint;
  readonly available: bigint;
  readonly group: number;
  readonly createdAt: string;
}

const walletColumns = (sql: Statements) => sql`
  id, name, country, city, currency, balance, balance - held AS available, wallet_group AS group,
  created_at AS "createdAt"`;

const toView = (row: WalletRow): WalletView => ({
  WalletID: row.id,
  Name: row.name,
  Country: row.country,
  City: row.city,
  Currency: row.currency,
  Balance: row.balance,
  Available: row.available,
  Group: row.group,
  CreatedAt: row.createdAt,
});

/** @returns the present group of each wallet that there is, by its id */
export async function walletGroups(sql: Statements, ids: Iterable<bigint>): Promise<Map<bigint, number>> {
  const rows = await sql<{ id: bigint; group: number }[]>`
    SELECT id, wallet_group AS group FROM wallets WHERE id = ANY (${array(ids)}::bigint[])`;
  return new Map(rows.map(({ id, group }) => [id, group]));
}
