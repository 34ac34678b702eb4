import type { Files } from '../aws/files.ts';
import type { Sql, Statements, Tx } from '../postgres/database.ts';
import { readSnapshot } from '../postgres/snapshot.ts';
import { ok, type Result, refused } from '../wire/refusal.ts';
import { type Period, type PeriodBounds, readBounds } from './operations.ts';

/** A file of operations: its text if it is short enough for a reply, otherwise the URL where it is stored. */
export type OperationsFile = { readonly text: string } | { readonly url: string };

export interface FileLimits {
  /** Lines of a file that is sent in the reply. */
  readonly replyLines: number;
  /** Lines of any file. */
  readonly lines: number;
  /** Seconds from the first line to the last. */
  readonly seconds: number;
}

export const FILE_NAME = 'report.csv';
export const FILE_TYPE = 'text/csv; charset=utf-8';

/**
 * At up to 66 bytes a line, a reply stays under Lambda's 6 MB. Two million lines take 20 s even at 100,000 a second, the
 * lowest speed measured; 24 s leaves 4 s before the function's own timeout.
 */
export const FILE_LIMITS: FileLimits = { replyLines: 90_000, lines: 2_000_000, seconds: 24 };

/** Lines read at once: over half a megabyte, about 20 ms of work for the database. */
const PAGE_LINES = 10_000;

/** Seconds by which the database's limit is longer than ours, so that a slow report ends here with a refusal. */
const GRACE_SECONDS = 2;

const HEADER = 'type,amount,currency,created_at\n';

/** A page of lines, in their order, and where it ends. */
interface Page {
  readonly text: string;
  readonly lines: number;
  readonly createdAt: string;
  readonly id: bigint;
}

/** Writing took too long: an expected refusal, thrown through the store that reads the content. */
class TooSlowError extends Error {}

/**
 * Writes a wallet's operations as CSV, by time, then id, all as they are at one moment. A file too long for a reply is
 * stored page by page, so memory does not grow with its length. Other transactions never wait for the network; this one
 * may, since it only reads and holds no lock.
 *
 * @returns the file, or a refusal if it has too many lines or takes too long
 * @throws FileStoreError if the store fails
 */
export async function fileOfOperations(
  sql: Sql,
  files: Files,
  period: Period,
  limits: FileLimits,
): Promise<Result<OperationsFile>> {
  const allowedSeconds = limits.seconds + GRACE_SECONDS;
  return await readSnapshot(sql, allowedSeconds, async ({ tx }) => {
    await prepare(tx, allowedSeconds);
    const bounds = await readBounds(tx, period);
    if (!bounds.ok) return bounds;
    const end = performance.now() + limits.seconds * 1_000;
    const inTime = () => {
      if (performance.now() > end) throw new TooSlowError();
    };
    const pages = pagesOf(tx, period.walletId, bounds.value);
    try {
      const { texts, isWhole } = await firstPages(pages, limits.replyLines);
      if (isWhole) return ok({ text: [HEADER, ...texts].join('') });
      if (await hasMore(tx, period.walletId, bounds.value, limits.lines))
        return tooLarge(`over ${limits.lines} operations`);
      const content = encoded([HEADER, ...texts], pages, inTime);
      return ok({ url: await files.store({ name: FILE_NAME, contentType: FILE_TYPE, content }) });
    } catch (error) {
      if (error instanceof TooSlowError) return tooLarge('more operations than can be written in time');
      throw error;
    }
  });
}

/**
 * Lets the transaction wait for the store, and makes each page one ordered scan of the index: whenever statistics lag
 * behind a growing wallet, the planner would sort the whole rest of the period for each page.
 */
async function prepare(tx: Tx, seconds: number): Promise<void> {
  await tx`
    SELECT set_config('idle_in_transaction_session_timeout', ${`${seconds}s`}, true),
      set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
      set_config('enable_sort', 'off', true)`;
}

const tooLarge = (what: string): Result<never> =>
  refused('report_too_large', `the file has ${what}: narrow it with from and to`);

/** Reads pages until the last, or until they have more lines than a reply takes. */
async function firstPages(pages: AsyncGenerator<Page>, replyLines: number) {
  const texts: string[] = [];
  let lines = 0;
  while (lines <= replyLines) {
    const { done, value: page } = await pages.next();
    if (done) return { texts, isWhole: true };
    texts.push(page.text);
    lines += page.lines;
  }
  return { texts, isWhole: false };
}

/** @throws what `inTime` throws, called before each page */
async function* encoded(
  first: readonly string[],
  rest: AsyncIterable<Page>,
  inTime: () => void,
): AsyncGenerator<Buffer> {
  for (const text of first) {
    inTime();
    yield Buffer.from(text);
  }
  for await (const { text } of rest) {
    inTime();
    yield Buffer.from(text);
  }
}

async function* pagesOf(
  tx: Tx,
  walletId: bigint,
  { from, to }: PeriodBounds,
): AsyncGenerator<Page, undefined> {
  let last = { createdAt: from, id: 0n };
  for (;;) {
    const page = await readLines(tx, walletId, last, to);
    if (page === undefined) return;
    yield page;
    if (page.lines < PAGE_LINES) return;
    last = page;
  }
}

/** The page after an operation, with lines made by the database: times are RFC 3339 in UTC. Ids begin at 1. */
async function readLines(
  sql: Statements,
  walletId: bigint,
  after: Pick<Page, 'createdAt' | 'id'>,
  to: string,
): Promise<Page | undefined> {
  const [page] = await sql<(Page | { lines: 0 })[]>`
    SELECT string_agg(concat(type, ',', amount, ',', currency, ',',
        replace((created_at AT TIME ZONE 'UTC')::text, ' ', 'T'), E'Z\\n'), '' ORDER BY created_at, id) AS text,
      count(*)::int AS lines, max(created_at) AS "createdAt", (array_agg(id ORDER BY created_at, id))[count(*)] AS id
    FROM (
      SELECT id, type, amount, currency, created_at FROM operations
      WHERE wallet_id = ${walletId} AND type IS NOT NULL AND created_at < ${to}::timestamptz
        AND (created_at, id) > (${after.createdAt}::timestamptz, ${after.id})
      ORDER BY created_at, id LIMIT ${PAGE_LINES}
    ) AS page`;
  return page === undefined || page.lines === 0 ? undefined : (page as Page);
}

async function hasMore(
  sql: Statements,
  walletId: bigint,
  { from, to }: PeriodBounds,
  lines: number,
): Promise<boolean> {
  const found = await sql`
    SELECT FROM operations WHERE wallet_id = ${walletId} AND type IS NOT NULL
      AND created_at >= ${from}::timestamptz AND created_at < ${to}::timestamptz
    OFFSET ${lines} LIMIT 1`;
  return found.length > 0;
}
