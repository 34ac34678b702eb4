import { array, type Tx } from './db.ts';
import type { Unstaged } from './events.ts';
import { accepted, currencyNotAllowed, noWallet, type Result } from './refusals.ts';

export interface NewWallet {
  readonly Name: string;
  readonly Country: string;
  readonly City: string;
  readonly Currency: string;
}

/** A wallet as callers see it; Balance is millionths of a unit of Currency. */
export interface WalletView extends NewWallet {
  readonly WalletID: bigint;
  readonly Balance: bigint;
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
  tx: Tx,
  wallet: NewWallet,
  groups: number,
  correlationId: string,
): Promise<Result<CreatedWallet>> {
  const event: Omit<Unstaged<'WalletCreated'>, 'WalletId'> = {
    Version: 1,
    CorrelationId: correlationId,
    ...wallet,
  };
  const [created] = await tx<CreatedWallet[]>`
    WITH next AS (
      SELECT nextval('wallet_ids') AS id FROM currencies
      WHERE name = ${wallet.Currency} AND withdrawn_at IS NULL
    ), wallet AS (
      INSERT INTO wallets (id, name, country, city, currency, wallet_group)
      SELECT id, ${wallet.Name}, ${wallet.Country}, ${wallet.City}, ${wallet.Currency}, (id - 1) % ${groups} + 1
      FROM next RETURNING id
    )
    INSERT INTO outbox (detail_type, detail)
    SELECT 'WalletCreated', ${JSON.stringify(event)}::text::jsonb || jsonb_build_object('WalletId', id::text) FROM wallet
    RETURNING id AS "eventId", (SELECT id FROM wallet) AS "walletId"`;
  return created === undefined ? currencyNotAllowed() : accepted(created);
}

/** @returns the wallet, or a refusal where there is none */
export async function getWallet(tx: Tx, id: bigint): Promise<Result<WalletView>> {
  const [wallet] = await tx<WalletView[]>`SELECT ${columns(tx)} FROM wallets WHERE id = ${id}`;
  return wallet === undefined ? noWallet(id) : accepted(wallet);
}

/**
 * Lists wallets by id.
 *
 * @param after only wallets with a larger id
 * @param limit how many at most
 * @returns the wallets, and the id to go on after, or null where there are no more
 */
export async function listWallets(
  tx: Tx,
  after: bigint,
  limit: number,
): Promise<{ Wallets: readonly WalletView[]; Next: bigint | null }> {
  const rows = await tx<WalletView[]>`
    SELECT ${columns(tx)} FROM wallets WHERE id > ${after} ORDER BY id LIMIT ${limit + 1}`;
  const page = rows.slice(0, limit);
  return { Wallets: page, Next: rows.length > limit ? (page.at(-1)?.WalletID ?? null) : null };
}

const columns = (tx: Tx) => tx`
  id AS "WalletID", name AS "Name", country AS "Country", city AS "City", currency AS "Currency",
  balance AS "Balance", wallet_group AS "Group", created_at AS "CreatedAt"`;

/** @returns the present group of each wallet that there is, by its id */
export async function walletGroups(tx: Tx, ids: Iterable<bigint>): Promise<Map<bigint, number>> {
  const rows = await tx<{ id: bigint; group: number }[]>`
    SELECT id, wallet_group AS group FROM wallets WHERE id = ANY (${array(ids)}::bigint[])`;
  return new Map(rows.map(({ id, group }) => [id, group]));
}
