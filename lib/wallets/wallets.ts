import { known } from '../ledger/known.ts';
import { stageEvents } from '../messaging/outbox.ts';
import { array, type Statements, type Tx } from '../postgres/database.ts';
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
  /** The part of the balance that no hold reserves. */
  readonly Available: bigint;
  readonly Group: number;
  readonly CreatedAt: string;
}

export interface CreatedWallet {
  readonly walletId: bigint;
  /** The outbox id of its event. */
  readonly eventId: bigint;
}

/**
 * Creates an empty wallet and stages its event. Wallets are dealt round-robin over the groups.
 *
 * @param groups how many wallet groups there are
 * @returns a refusal if the currency is not allowed
 */
export async function createWallet(
  tx: Tx,
  wallet: NewWallet,
  groups: number,
  correlationId: string,
): Promise<Result<CreatedWallet>> {
  const { Name, Country, City, Currency } = wallet;
  const [created] = await tx<{ id: bigint }[]>`
    WITH next AS (
      SELECT nextval('wallet_ids') AS id FROM currencies WHERE name = ${Currency} AND withdrawn_at IS NULL
    )
    INSERT INTO wallets (id, name, country, city, currency, wallet_group)
    SELECT id, ${Name}, ${Country}, ${City}, ${Currency}, (id - 1) % ${groups} + 1 FROM next
    RETURNING id`;
  if (created === undefined) return currencyNotAllowed();
  const WalletId = created.id.toString();
  const detail = {
    Version: 1 as const,
    CorrelationId: correlationId,
    WalletId,
    Name,
    Country,
    City,
    Currency,
  };
  const [event] = await stageEvents(tx, [{ type: 'WalletCreated', detail }]);
  return ok({ walletId: created.id, eventId: known(event, 'staged event').id });
}

interface StoredWallet {
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

/** The columns of a {@link StoredWallet}. */
const walletColumns = (sql: Statements) => sql`
  id, name, country, city, currency, balance, balance - held AS available, wallet_group AS group,
  created_at AS "createdAt"`;

const toView = (wallet: StoredWallet): WalletView => ({
  WalletID: wallet.id,
  Name: wallet.name,
  Country: wallet.country,
  City: wallet.city,
  Currency: wallet.currency,
  Balance: wallet.balance,
  Available: wallet.available,
  Group: wallet.group,
  CreatedAt: wallet.createdAt,
});

/** @returns the wallet, or a refusal if it is unknown */
export async function getWallet(sql: Statements, id: bigint): Promise<Result<WalletView>> {
  const [wallet] = await sql<StoredWallet[]>`SELECT ${walletColumns(sql)} FROM wallets WHERE id = ${id}`;
  return wallet === undefined ? noWallet(id) : ok(toView(wallet));
}

/** A wallet's balance at a moment, by the journal. */
export interface BalanceView {
  readonly WalletID: bigint;
  readonly Currency: string;
  readonly Balance: bigint;
  readonly At: string;
}

/**
 * Looks up a balance in the past: the one after the last operation settled by then. The chain is in the order of time,
 * so its end at that moment is found by bisection.
 *
 * @param at RFC 3339
 * @returns a refusal if the wallet is unknown or the moment is in the future
 */
export async function getBalanceAt(sql: Statements, id: bigint, at: string): Promise<Result<BalanceView>> {
  const [row] = await sql<{ currency: string; balance: bigint; at: string; isPast: boolean }[]>`
    WITH RECURSIVE bisection AS (
      SELECT 0::bigint AS low, chain_length AS high FROM wallets WHERE id = ${id}
      UNION ALL
      SELECT CASE WHEN middle.processed_at <= ${at}::timestamptz THEN middle.position ELSE low END,
        CASE WHEN middle.processed_at <= ${at}::timestamptz THEN high ELSE middle.position - 1 END
      FROM bisection JOIN operations AS middle
        ON middle.wallet_id = ${id} AND middle.position = low + (high - low + 1) / 2
      WHERE low < high
    )
    SELECT currency, ${at}::timestamptz AS at, ${at}::timestamptz <= now() AS "isPast", coalesce((
        SELECT balance_after FROM operations
        WHERE wallet_id = ${id} AND status = 'success' AND position <= (SELECT max(low) FROM bisection)
        ORDER BY position DESC LIMIT 1
      ), 0) AS balance
    FROM wallets WHERE id = ${id}`;
  if (row === undefined) return noWallet(id);
  if (!row.isPast) return refused('invalid_field', 'at must not be in the future');
  return ok({ WalletID: id, Currency: row.currency, Balance: row.balance, At: row.at });
}

/**
 * Lists wallets by id.
 *
 * @param after only wallets with a larger id
 * @param limit how many at most
 * @returns the wallets, and the `after` of the next page, or null on the last
 */
export async function listWallets(
  sql: Statements,
  after: bigint,
  limit: number,
): Promise<{ Wallets: readonly WalletView[]; Next: bigint | null }> {
  const wallets = await sql<StoredWallet[]>`
    SELECT ${walletColumns(sql)} FROM wallets WHERE id > ${after} ORDER BY id LIMIT ${limit + 1}`;
  const page = wallets.slice(0, limit).map(toView);
  return { Wallets: page, Next: wallets.length > limit ? (page.at(-1)?.WalletID ?? null) : null };
}

/** @returns the current group of each known wallet, by its id */
export async function walletGroups(sql: Statements, ids: Iterable<bigint>): Promise<Map<bigint, number>> {
  const wallets = await sql<{ id: bigint; group: number }[]>`
    SELECT id, wallet_group AS group FROM wallets WHERE id = ANY (${array(ids)}::bigint[])`;
  return new Map(wallets.map(({ id, group }) => [id, group]));
}
