import type { Fragment } from 'postgres';
import { known } from '../ledger/known.ts';
import type { Statements } from '../postgres/database.ts';
import type { Positions } from './positions.ts';

/** Which operations have a line: those that succeeded, or all that a list has. */
export const FILE_STATUSES = ['success', 'all'] as const;

/** Which columns a line has. */
export const FILE_COLUMNS = ['short', 'all'] as const;

/** What a file shows of a wallet. */
export interface FileContent {
  readonly walletId: bigint;
  readonly status: (typeof FILE_STATUSES)[number];
  readonly columns: (typeof FILE_COLUMNS)[number];
}

/** The settled operations of a file, and whether pending ones follow. */
export interface FileRange extends Positions {
  readonly hasPending: boolean;
}

/** Lines in their order. */
export interface Page {
  readonly text: string;
  readonly lines: number;
}

const SHORT_HEADER = 'type,amount,currency,created_at';

/** What a line with all columns has after the short ones. */
const MORE_COLUMNS =
  'position,processed_at,transaction_id,leg,counterparty_id,status,reason,wallet_amount,wallet_currency,balance_after,' +
  'reference,description,metadata';

/** The first line of a file. */
export const headerOf = ({ columns }: FileContent): string =>
  columns === 'short' ? `${SHORT_HEADER}\n` : `${SHORT_HEADER},${MORE_COLUMNS}\n`;

/** How many times as long a line with all columns can be as a short one: 260 bytes to 66. */
export const LENGTH_OF_ALL = 4;

/**
 * Operations read at once: up to half a megabyte of short lines, about 20 ms of work for the database. With all columns, each of a
 * quarter may have ten kilobytes of details.
 */
const PAGE_LINES = { short: 10_000, all: 2_500 } as const satisfies Record<FileContent['columns'], number>;

/** A file's lines, page by page: settled operations by position, then pending ones by id. */
export async function* pagesOf(
  sql: Statements,
  content: FileContent,
  { start, stop, hasPending }: FileRange,
): AsyncGenerator<Page, undefined> {
  const currency = await currencyOf(sql, content.walletId);
  const settled = lineOf(sql, content.columns, currency, sql`operations`);
  const waiting = lineOf(sql, content.columns, currency, sql`pending`);
  const lines = PAGE_LINES[content.columns];
  for (let after = start; after < stop; after += BigInt(lines)) {
    const last = after + BigInt(lines);
    yield await readSettled(sql, content, settled, after, last < stop ? last : stop);
  }
  for (let after: bigint | null = hasPending ? 0n : null; after !== null; ) {
    const page: PendingPage = await readPending(sql, content, waiting, after);
    yield page;
    after = page.lines < lines ? null : page.last;
  }
}

/** A range of keys has no other plan than their index. */
async function readSettled(
  sql: Statements,
  content: FileContent,
  line: Fragment,
  after: bigint,
  last: bigint,
): Promise<Page> {
  const [page] = await sql<Page[]>`
    SELECT coalesce(string_agg(${line}, '' ORDER BY position), '') AS text, count(*)::int AS lines
    FROM operations
    WHERE wallet_id = ${content.walletId} AND position > ${after} AND position <= ${last} AND ${isShown(sql, content)}`;
  return known(page, `lines of wallet ${content.walletId}`);
}

/** A page of pending operations, and the id of its last one. */
interface PendingPage extends Page {
  readonly last: bigint | null;
}

async function readPending(
  sql: Statements,
  { walletId, columns }: FileContent,
  line: Fragment,
  after: bigint,
): Promise<PendingPage> {
  const [page] = await sql<PendingPage[]>`
    SELECT coalesce(string_agg(${line}, '' ORDER BY id), '') AS text, count(*)::int AS lines, max(id) AS last
    FROM (
      SELECT pending_operations.*, NULL AS position, NULL::timestamptz AS processed_at, 'new' AS status, NULL AS wallet_amount,
        NULL AS balance_after
      FROM pending_operations WHERE wallet_id = ${walletId} AND id > ${after} AND type_of(leg) IS NOT NULL
      ORDER BY id LIMIT ${PAGE_LINES[columns]}
    ) AS pending`;
  return known(page, `lines of wallet ${walletId}`);
}

/**
 * A line made by the database. Each time has all six digits after the point; the database's time zone is UTC, which reading
 * the period made sure of.
 */
function lineOf(
  sql: Statements,
  columns: FileContent['columns'],
  walletCurrency: string,
  table: Fragment,
): Fragment {
  const time = (column: Fragment) => sql`to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
  const short = sql`type_of(leg), ',', amount, ',', currency, ',', ${time(sql`created_at`)}`;
  if (columns === 'short') return sql`concat(${short}, E'\\n')`;
  return sql`concat(${short}, ',', position, ',', ${time(sql`processed_at`)}, ',', transaction_id, ',', leg, ',', counterparty_id, ',',
    status, ',', reason, ',', wallet_amount, ',', ${walletCurrency}::text, ',', balance_after, ',',
    CASE WHEN ${table}.has_details THEN ${detailsOf(sql, table)} ELSE ',,' END, E'\\n')`;
}

/** The last three cells of a line. A text is in quotes (RFC 4180): it may have commas, quotes and line ends. */
function detailsOf(sql: Statements, table: Fragment): Fragment {
  const quoted = (column: Fragment) => sql`'"' || replace(${column}::text, '"', '""') || '"'`;
  return sql`(
    SELECT concat(${quoted(sql`reference`)}, ',', ${quoted(sql`description`)}, ',', ${quoted(sql`metadata`)})
    FROM transaction_details WHERE transaction_details.transaction_id = ${table}.transaction_id)`;
}

async function currencyOf(sql: Statements, walletId: bigint): Promise<string> {
  const [wallet] = await sql<{ currency: string }[]>`SELECT currency FROM wallets WHERE id = ${walletId}`;
  return known(wallet, `wallet ${walletId}`).currency;
}

/** An operation that is about a hold alone has no line: it moves nothing. */
const isShown = (sql: Statements, { status }: FileContent): Fragment =>
  status === 'all' ? sql`type_of(leg) IS NOT NULL` : sql`status = 'success' AND type_of(leg) IS NOT NULL`;

/** Whether a file has more than so many lines. Those of declined operations are only left out if the list has so many. */
export async function hasMore(
  sql: Statements,
  content: FileContent,
  { start, stop, listed, hasPending }: FileRange,
  lines: number,
): Promise<boolean> {
  const { walletId } = content;
  if (content.status === 'all') {
    const room = BigInt(lines) - listed;
    if (room < 0n || !hasPending) return room < 0n;
    const found = await sql`
      SELECT FROM pending_operations WHERE wallet_id = ${walletId} AND type_of(leg) IS NOT NULL
      ORDER BY id OFFSET ${room} LIMIT 1`;
    return found.length > 0;
  }
  if (listed <= BigInt(lines)) return false;
  const found = await sql`
    SELECT FROM operations
    WHERE wallet_id = ${walletId} AND position > ${start} AND position <= ${stop} AND ${isShown(sql, content)}
    ORDER BY position OFFSET ${lines} LIMIT 1`;
  return found.length > 0;
}
