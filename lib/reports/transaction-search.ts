import { MAX_NUMBERED, readNumbered } from '../details/numbered.ts';
import { MAX_AMOUNT } from '../ledger/money.ts';
import type { Sql, Statements } from '../postgres/database.ts';
import { ok, type Result, refused } from '../wire/refusal.ts';
import { formatSearchCursor, type SearchCursor, searchPrint } from '../wire/search-cursor.ts';
import { readCorrelated } from './correlated.ts';
import { type Key, look, lookAtPending, MAX_SCANNED, type Stretch } from './merged-page.ts';
import type { ORDERS } from './operations.ts';
import { readBounds } from './period.ts';
import { conditionOf, fulfills, hasMore, isWanted, type TransactionFilter } from './search-filter.ts';
import { type LegRow, readLegs, type TransactionView, viewOf } from './transaction.ts';

/** The requested part of a search. */
export interface SearchPage {
  readonly order: (typeof ORDERS)[number];
  readonly limit: number;
  readonly after: SearchCursor | undefined;
}

export interface TransactionsPage {
  readonly Transactions: readonly TransactionView[];
  readonly Limit: number;
  /** Whether the next page may have more by now. */
  readonly More: boolean;
  /** The `after` of the next page. */
  readonly Next: string;
}

/**
 * Looks for one page, at most: each reads {@link MAX_SCANNED} operations, so a page ends within 50 ms however rare what is wanted is. It
 * has fewer transactions then, and `More` is true.
 */
const MAX_LOOKS = 3;

/** Before everything. */
const BEGINNING = '2000-01-01T00:00:00Z';

/**
 * Finds transactions by the wallets that they are about, in the order in which their first operation there was booked, or against it.
 *
 * @param sql a pool: see {@link readBounds}
 * @returns a refusal if no filter has an index, or the cursor is of another search
 */
export async function searchTransactions(
  sql: Sql,
  filter: TransactionFilter,
  page: SearchPage,
): Promise<Result<TransactionsPage>> {
  const print = searchPrint({ ...filter, order: page.order });
  if (page.after !== undefined && page.after.print !== print)
    return refused(
      'invalid_field',
      'after belongs to another search: repeat its parameters, or leave it out',
    );
  const { amountFrom = 0n, amountTo = MAX_AMOUNT } = filter;
  if (amountFrom > amountTo)
    return refused('invalid_field', `amountFrom (${amountFrom}) must not be above amountTo (${amountTo})`);
  if ((filter.metadataName === undefined) !== (filter.metadataValue === undefined))
    return refused('invalid_field', 'metadataName and metadataValue go together: give both, or none');
  const request = { ...page, print };
  const wallets = await walletsOf(sql, filter);
  if (!wallets.ok) return wallets;
  const { correlationId, reference, metadataName } = filter;
  if ([correlationId, reference, metadataName].some((value) => value !== undefined))
    return await byNumber(sql, filter, wallets.value, request);
  if (wallets.value === undefined) return refused('filter_missing', NO_INDEX);
  if (wallets.value.length > 0) return await ofWallets(sql, wallets.value, filter, request);
  return ok({
    Transactions: [],
    Limit: page.limit,
    More: false,
    Next: formatSearchCursor({ print, ...NOWHERE }),
  });
}

const NO_INDEX =
  'no index finds that: give wallet, owner, reference, correlationId, or metadataName with metadataValue as well';

const NOWHERE = { key: null, id: 0n };

/** The most wallets of one owner that are searched together: one in each of the larger currencies. */
const MAX_WALLETS = 50;

/** The wallets that a filter names, by their id or their owner; undefined if it names none. */
async function walletsOf(
  sql: Statements,
  { wallet, owner }: TransactionFilter,
): Promise<Result<readonly bigint[] | undefined>> {
  if (owner === undefined) return ok(wallet === undefined ? undefined : [wallet]);
  const found = await sql<{ id: bigint }[]>`
    SELECT wallet_id AS id FROM wallet_details
    WHERE owner_id = ${owner} AND wallet_id = coalesce(${wallet ?? null}, wallet_id)
    ORDER BY owner_id, wallet_id LIMIT ${MAX_WALLETS + 1}`;
  if (found.length <= MAX_WALLETS) return ok(found.map(({ id }) => id));
  return refused(
    'filter_missing',
    `owner has more than ${MAX_WALLETS} wallets, too many to search together: give wallet as well`,
  );
}

/**
 * Characters of details after which a page is full: with quotes escaped twice, a reply stays under Lambda's 6 MB.
 */
const MAX_PAGE_CHARACTERS = 1_000_000;

/** A page that is being filled. */
interface Filling {
  readonly found: TransactionView[];
  readonly limit: number;
  readonly matches: (transaction: TransactionView, legs: readonly LegRow[]) => boolean;
  /** Of the details so far. */
  characters: number;
}

const isFull = ({ found, limit, characters }: Filling): boolean =>
  found.length >= limit || characters >= MAX_PAGE_CHARACTERS;

async function ofWallets(
  sql: Sql,
  walletIds: readonly bigint[],
  filter: TransactionFilter,
  { order, limit, after, print }: SearchPage & { readonly print: string },
): Promise<Result<TransactionsPage>> {
  const isDescending = order === 'desc';
  const condition = conditionOf(sql, filter, walletIds);
  const filling: Filling = { found: [], limit, matches: (each) => isWanted(each, filter), characters: 0 };
  let [key, id]: [Key | null, bigint] = [after?.key ?? null, after?.id ?? 0n];
  let isLast = true;
  const pending = async () => {
    const got = await lookAtPending(sql, walletIds, isDescending, id, condition);
    const last = await fill(sql, filling, got.rows);
    id = last === undefined ? got.end : last.id;
    return got.isLast && last === undefined;
  };

  // Pending ones before the moment up to which the others are read: none falls between.
  const endsNow = filter.to === undefined;
  if (isDescending && key === null && endsNow) isLast = await pending();
  const bounds = await readAllBounds(sql, walletIds, filter);
  if (!bounds.ok) return bounds;
  const stretch: Omit<Stretch, 'after'> = { walletIds, isDescending, ...bounds.value };
  const scan = hasMore(filter) ? MAX_SCANNED : limit;
  if (isLast) {
    isLast = false;
    for (let looks = 0; looks < MAX_LOOKS && !isFull(filling) && !isLast; looks++) {
      const got = await look(sql, { ...stretch, after: key }, condition, scan);
      const last = await fill(sql, filling, got.rows);
      key = last === undefined ? got.end : keyOf(last);
      isLast = got.isLast && last === undefined;
    }
  }
  if (!isDescending && isLast && endsNow && !isFull(filling)) isLast = await pending();
  const Next = formatSearchCursor({ print, key, id });
  return ok({ Transactions: filling.found, Limit: limit, More: !isLast, Next });
}

const keyOf = ({ processedAt, walletId, position }: Key): Key => ({ processedAt, walletId, position });

/** Transactions read at once, at least: a short page of what is rare shall not take a statement for each of a thousand. */
const MIN_READ = 100;

/**
 * Adds transactions of the rows until the page is full: as many at a time as a page has or {@link MIN_READ}, so that few are read for nothing.
 *
 * @returns the row at which it was full; undefined if there is room
 */
async function fill<Row extends { readonly transactionId: string }>(
  sql: Statements,
  filling: Filling,
  rows: readonly Row[],
): Promise<Row | undefined> {
  const { found, limit, matches } = filling;
  const told = new Set(found.map(({ TransactionId }) => TransactionId));
  const size = Math.max(limit, MIN_READ);
  for (let start = 0; start < rows.length; start += size) {
    const some = rows.slice(start, start + size);
    const transactions = await readLegs(
      sql,
      some.map(({ transactionId }) => transactionId),
    );
    for (const row of some) {
      const legs = transactions.get(row.transactionId);
      if (legs === undefined || told.has(row.transactionId)) continue;
      const transaction = viewOf(legs);
      if (!matches(transaction, legs)) continue;
      found.push(transaction);
      filling.characters += legs[0]?.details?.length ?? 0;
      if (isFull(filling)) return row;
    }
  }
  return undefined;
}

/** The bounds that all of the wallets have: up to the end, everything is settled in each. */
async function readAllBounds(
  sql: Sql,
  walletIds: readonly bigint[],
  { from = BEGINNING, to }: TransactionFilter,
): Promise<Result<{ readonly from: string; readonly to: string }>> {
  const all = await Promise.all(walletIds.map((walletId) => readBounds(sql, { walletId, from, to })));
  let earliest: { readonly from: string; readonly to: string } | undefined;
  for (const bounds of all) {
    if (!bounds.ok) return bounds;
    if (earliest === undefined || bounds.value.to < earliest.to) earliest = bounds.value;
  }
  if (earliest === undefined) throw new Error('a search of no wallets');
  return ok({ from: earliest.from, to: earliest.to });
}

/**
 * Finds transactions by a correlation id, a reference or a pair of metadata, in the order in which they were accepted. None is
 * passed over: see {@link readCorrelated}, and lib/details/record.ts for the others.
 */
async function byNumber(
  sql: Sql,
  filter: TransactionFilter,
  walletIds: readonly bigint[] | undefined,
  { order, limit, after, print }: SearchPage & { readonly print: string },
): Promise<Result<TransactionsPage>> {
  const { correlationId } = filter;
  const part = { isDescending: order === 'desc', limit, after: after?.id ?? 0n };
  const matches: Filling['matches'] = (each, legs) => fulfills(each, legs, filter, walletIds);
  const filling: Filling = { found: [], limit, matches, characters: 0 };
  const { found, end } =
    correlationId === undefined
      ? await readNumbered(sql, filter, part)
      : await readCorrelated(sql, correlationId, part);
  const last = await fill(sql, filling, found);
  const Next = formatSearchCursor({ print, key: null, id: last?.number ?? end });
  const More = last !== undefined || found.length === MAX_NUMBERED;
  return ok({ Transactions: filling.found, Limit: limit, More, Next });
}
