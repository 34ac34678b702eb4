import { fitting, parseDetails, walletDetails } from '../details/read.ts';
import { metadataText } from '../details/record.ts';
import { type OutboxEvent, stageEvents } from '../messaging/outbox.ts';
import { array, runTx, type Sql, type Statements, type Tx } from '../postgres/database.ts';
import { DETAILS, type Details } from '../wire/details.ts';
import { currencyNotAllowed, noWallet, ok, type Result, referenceTaken } from '../wire/refusal.ts';
import { shownTime } from '../wire/time.ts';
import { isOver, reserved } from './holds.ts';
import { limitsOf, type RulesView, rulesColumns, type StoredRules, toRulesView } from './rules-view.ts';

/** What a caller gave a wallet to know it by. */
interface WalletDetails extends Details {
  /** Who its holder is to the caller: one holder may have many wallets. */
  readonly OwnerId?: string | undefined;
}

export interface NewWallet extends WalletDetails {
  readonly Name: string;
  readonly Country: string;
  readonly City: string;
  readonly Currency: string;
}

/** A wallet as callers see it; amounts are millionths of a unit of Currency. */
export interface WalletView extends NewWallet, RulesView {
  readonly WalletID: bigint;
  readonly Balance: bigint;
  /**
   * What may be spent: the balance that no hold reserves, and the credit. A hold that is over reserves nothing, whether it was
   * settled or not.
   */
  readonly Available: bigint;
  readonly Group: number;
  readonly CreatedAt: string;
}

export interface CreatedWallet {
  readonly walletId: bigint;
  /** That it was created, staged. */
  readonly events: readonly OutboxEvent[];
}

/** The advisory lock that creating a wallet shares, and that a list takes for itself to see every id dealt so far. */
const NEW_WALLETS = 8_151_623;

/**
 * Seconds after which a wallet has no uncommitted one with a smaller id: that id was dealt before this wallet's, and each
 * of the two transactions ends within 9 s.
 */
const FINAL_SECONDS = 20;

/**
 * Creates an empty wallet and stages its event. Wallets are dealt round-robin over the groups.
 *
 * @param groups how many wallet groups there are
 * @param stagesEvents whether somebody listens to events; if not, none is staged
 * @param owner of the API key, within which a reference is unique
 * @returns a refusal if the currency is not allowed, or the reference was given before
 */
export async function createWallet(
  tx: Tx,
  wallet: NewWallet,
  groups: number,
  correlationId: string,
  stagesEvents = true,
  owner = '',
): Promise<Result<CreatedWallet>> {
  const { Name, Country, City, Currency } = wallet;
  const first = await firstWith(tx, wallet, owner);
  if (first !== undefined) return referenceTaken({ FirstWalletId: first });
  await tx`SELECT pg_advisory_xact_lock_shared(${NEW_WALLETS})`;
  const [created] = await tx<{ id: bigint }[]>`
    WITH next AS (
      SELECT nextval('wallet_ids') AS id FROM currencies WHERE name = ${Currency} AND withdrawn_at IS NULL
    )
    INSERT INTO wallets (id, name, country, city, currency, wallet_group)
    SELECT id, ${Name}, ${Country}, ${City}, ${Currency}, (id - 1) % ${groups} + 1 FROM next
    RETURNING id`;
  if (created === undefined) return currencyNotAllowed(Currency);
  await keepDetails(tx, created.id, wallet, owner);
  const WalletId = created.id.toString();
  const detail = {
    Version: 1 as const,
    CorrelationId: correlationId,
    WalletId,
    Name,
    Country,
    City,
    Currency,
    ...givenOf(wallet),
  };
  const events = stagesEvents ? await stageEvents(tx, [{ type: 'WalletCreated', detail }]) : [];
  return ok({ walletId: created.id, events });
}

const DETAILS_OF_WALLETS = ['OwnerId', ...DETAILS] as const;

/** What was given, and nothing else. */
const givenOf = (wallet: WalletDetails): WalletDetails =>
  Object.fromEntries(
    DETAILS_OF_WALLETS.flatMap((name) => (wallet[name] === undefined ? [] : [[name, wallet[name]]])),
  );

/** The wallet that has the reference already, if any. */
async function firstWith(tx: Tx, { Reference }: WalletDetails, owner: string): Promise<bigint | undefined> {
  if (Reference === undefined) return undefined;
  const [first] = await tx<{ id: bigint }[]>`
    SELECT wallet_id AS id FROM wallet_details WHERE reference = ${Reference} AND owner = ${owner}`;
  return first?.id;
}

/** Of two wallets with one reference at once, the second waits for the first, fails, and is tried again. */
async function keepDetails(tx: Tx, id: bigint, wallet: WalletDetails, owner: string): Promise<void> {
  if (Object.keys(givenOf(wallet)).length === 0) return;
  const { OwnerId = null, Reference = null, Description = null } = wallet;
  await tx`
    INSERT INTO wallet_details (wallet_id, owner, owner_id, reference, description, metadata)
    VALUES (${id}, ${owner}, ${OwnerId}, ${Reference}, ${Description}, ${metadataText(wallet)}::text::json)`;
}

interface StoredWallet extends StoredRules {
  readonly id: bigint;
  readonly name: string;
  readonly country: string;
  readonly city: string;
  readonly currency: string;
  readonly balance: bigint;
  readonly available: bigint;
  readonly group: number;
  readonly createdAt: string;
  readonly details: string | null;
}

/** The columns of a {@link StoredWallet}. */
const walletColumns = (sql: Statements) => sql`
  id, name, country, city, currency, balance, wallet_group AS group, created_at AS "createdAt",
  CASE WHEN held = 0 THEN balance ELSE balance - held + (
    SELECT coalesce(sum(${reserved(sql)}), 0)::bigint FROM holds
    WHERE holds.wallet_id = wallets.id AND ${isOver(sql, sql`now()`)}
  ) END + credit_limit AS available, ${rulesColumns(sql)}, ${walletDetails(sql, sql`wallets.id`)} AS details`;

export const toView = (wallet: StoredWallet): WalletView => ({
  WalletID: wallet.id,
  Name: wallet.name,
  Country: wallet.country,
  City: wallet.city,
  Currency: wallet.currency,
  Balance: wallet.balance,
  Available: wallet.available,
  ...toRulesView(wallet),
  Group: wallet.group,
  CreatedAt: shownTime(wallet.createdAt),
  ...parseDetails<WalletDetails>(wallet.details),
});

/** @returns the wallet, or a refusal if it is unknown */
export async function getWallet(sql: Statements, id: bigint): Promise<Result<WalletView>> {
  const [wallet] = await sql<
    StoredWallet[]
  >`SELECT ${walletColumns(sql)} FROM wallets ${limitsOf(sql)} WHERE id = ${id}`;
  return wallet === undefined ? noWallet(id) : ok(toView(wallet));
}

/** Reads wallets by their ids, in their order. */
export async function readWallets(sql: Statements, ids: readonly bigint[]): Promise<StoredWallet[]> {
  if (ids.length === 0) return [];
  return await sql<StoredWallet[]>`
    SELECT ${walletColumns(sql)} FROM wallets ${limitsOf(sql)}
    WHERE id = ANY (${array(ids)}::bigint[]) ORDER BY id`;
}

export interface WalletsPage {
  readonly Wallets: readonly WalletView[];
  /** The `after` of the next page; null on the last. */
  readonly Next: bigint | null;
}

/** Whether a wallet is so old that no uncommitted one has a smaller id. */
export const isFinal = (sql: Statements) => sql`created_at < now() - make_interval(secs => ${FINAL_SECONDS})`;

/** Waits for all who create a wallet, and keeps others from it until the transaction ends. */
export async function lockNewWallets(tx: Tx): Promise<void> {
  await tx`SELECT pg_advisory_xact_lock(${NEW_WALLETS})`;
}

/**
 * Lists wallets by id. It never passes over a wallet: ids are dealt before their transactions are committed, so one may
 * become visible after a larger one. Once a page's last row is old enough, all smaller ids are settled; otherwise the
 * page is read again while nobody creates a wallet. A page with much metadata may be shorter than the limit.
 *
 * @param after only wallets with a larger id
 * @param limit how many at most
 * @returns the wallets, and the `after` of the next page, or null on the last
 */
export async function listWallets(sql: Sql, after: bigint, limit: number): Promise<WalletsPage> {
  const first = await readPage(sql, after, limit);
  const wallets =
    (first[limit - 1] ?? first.at(-1))?.isFinal === false
      ? await runTx(sql, async (tx) => {
          await lockNewWallets(tx);
          return await readPage(tx, after, limit);
        })
      : first;
  const size = Math.min(limit, fitting(wallets));
  const page = wallets.slice(0, size).map(toView);
  return { Wallets: page, Next: wallets.length > size ? (page.at(-1)?.WalletID ?? null) : null };
}

/** @returns one more than the limit, which tells whether a next page exists */
async function readPage(sql: Statements, after: bigint, limit: number) {
  return await sql<(StoredWallet & { isFinal: boolean })[]>`
    SELECT ${walletColumns(sql)}, ${isFinal(sql)} AS "isFinal"
    FROM wallets ${limitsOf(sql)} WHERE id > ${after} ORDER BY id LIMIT ${limit + 1}`;
}

/** @returns the current group of each known wallet, by its id */
export async function walletGroups(sql: Statements, ids: Iterable<bigint>): Promise<Map<bigint, number>> {
  const wallets = await sql<{ id: bigint; group: number }[]>`
    SELECT id, wallet_group AS group FROM wallets WHERE id = ANY (${array(ids)}::bigint[])`;
  return new Map(wallets.map(({ id, group }) => [id, group]));
}
