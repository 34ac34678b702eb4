import type { Files } from '../aws/files.ts';
import { known } from '../ledger/known.ts';
import type { Sql, Statements, Tx } from '../postgres/database.ts';
import { readSnapshot } from '../postgres/snapshot.ts';
import { ok, type Result, refused } from '../wire/refusal.ts';
import { type Period, readBounds } from './period.ts';
import { type Positions, readPositions } from './positions.ts';

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

/** Positions read at once: up to half a megabyte of lines, about 20 ms of work for the database. */
const PAGE_POSITIONS = 10_000n;

/** Seconds by which the database's limit is longer than ours, so that a slow report ends here with a refusal. */
const GRACE_SECONDS = 2;

const HEADER = 'type,amount,currency,created_at\n';

/** A page of lines, in their order. */
interface Page {
  readonly text: string;
  readonly lines: number;
}

/** Writing took too long: an expected refusal, thrown through the store that reads the content. */
class TooSlowError extends Error {}

/**
 * Writes a wallet's operations that moved money as CSV, in the order of booking, as they were at one moment. A file too
 * long for a reply is stored page by page, so memory does not grow with its length. Other transactions never wait for
 * the network; this one may, since it only reads and holds no lock.
 *
 * @param sql a pool: see {@link readBounds}
 * @returns the file, or a refusal if it has too many lines or takes too long
 * @throws FileStoreError if the store fails
 */
export async function fileOfOperations(
  sql: Sql,
  files: Files,
  period: Period,
  limits: FileLimits,
): Promise<Result<OperationsFile>> {
  const bounds = await readBounds(sql, period);
  if (!bounds.ok) return bounds;
  const allowedSeconds = limits.seconds + GRACE_SECONDS;
  return await readSnapshot(sql, allowedSeconds, async ({ tx }) => {
    await waitForStore(tx, allowedSeconds);
    const positions = await readPositions(tx, period.walletId, bounds.value.from, bounds.value.to);
    const end = performance.now() + limits.seconds * 1_000;
    const inTime = () => {
      if (performance.now() > end) throw new TooSlowError();
    };
    const pages = pagesOf(tx, period.walletId, positions);
    try {
      const { texts, isWhole } = await firstPages(pages, limits.replyLines);
      if (isWhole) return ok({ text: [HEADER, ...texts].join('') });
      if (await hasMore(tx, period.walletId, positions, limits.lines))
        return tooLarge(`over ${limits.lines} operations`);
      const content = encoded([HEADER, ...texts], pages, inTime);
      return ok({ url: await files.store({ name: FILE_NAME, contentType: FILE_TYPE, content }) });
    } catch (error) {
      if (error instanceof TooSlowError) return tooLarge('more operations than can be written in time');
      throw error;
    }
  });
}

/** Lets the transaction wait for the store. */
async function waitForStore(tx: Tx, seconds: number): Promise<void> {
  await tx`SELECT set_config('idle_in_transaction_session_timeout', ${`${seconds}s`}, true)`;
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
  { start, stop }: Positions,
): AsyncGenerator<Page, undefined> {
  for (let after = start; after < stop; after += PAGE_POSITIONS) {
    const last = after + PAGE_POSITIONS;
    yield await readLines(tx, walletId, after, last < stop ? last : stop);
  }
}

/** Lines made by the database: times are RFC 3339 in UTC. A range of keys has no other plan than their index. */
async function readLines(sql: Statements, walletId: bigint, after: bigint, last: bigint): Promise<Page> {
  const [page] = await sql<Page[]>`
    SELECT coalesce(string_agg(concat(type_of(leg), ',', amount, ',', currency, ',',
        replace((created_at AT TIME ZONE 'UTC')::text, ' ', 'T'), E'Z\\n'), '' ORDER BY position), '') AS text,
      count(*)::int AS lines
    FROM operations
    WHERE wallet_id = ${walletId} AND position > ${after} AND position <= ${last} AND ${movedMoney(sql)}`;
  return known(page, `lines of wallet ${walletId}`);
}

const movedMoney = (sql: Statements) => sql`status = 'success' AND type_of(leg) IS NOT NULL`;

/** Declined operations have no line, so lines are only counted if the list has more operations. */
async function hasMore(
  sql: Statements,
  walletId: bigint,
  { start, stop, listed }: Positions,
  lines: number,
): Promise<boolean> {
  if (listed <= BigInt(lines)) return false;
  const found = await sql`
    SELECT FROM operations
    WHERE wallet_id = ${walletId} AND position > ${start} AND position <= ${stop} AND ${movedMoney(sql)}
    ORDER BY position OFFSET ${lines} LIMIT 1`;
  return found.length > 0;
}
