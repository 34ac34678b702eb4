import type { Files } from '../aws/files.ts';
import type { Sql, Tx } from '../postgres/database.ts';
import { readSnapshot } from '../postgres/snapshot.ts';
import { ok, type Result, refused } from '../wire/refusal.ts';
import {
  type FileContent,
  type FileRange,
  hasMore,
  headerOf,
  LENGTH_OF_ALL,
  type Page,
  pagesOf,
} from './csv-lines.ts';
import { type Period, type PeriodBounds, readBounds } from './period.ts';
import { readPositions } from './positions.ts';

/** A file of operations: its text if it is short enough for a reply, otherwise the URL where it is stored. */
export type OperationsFile = { readonly text: string } | { readonly url: string };

export interface FileLimits {
  /** Short lines of a file that is sent in the reply; a quarter of it with all columns. */
  readonly replyLines: number;
  /** Lines of any file. */
  readonly lines: number;
  /** Seconds from the first line to the last. */
  readonly seconds: number;
}

export const FILE_NAME = 'report.csv';
export const FILE_TYPE = 'text/csv; charset=utf-8';

/**
 * At up to 66 bytes a short line, a reply stays under Lambda's 6 MB. Two million lines take 20 s even at 100,000 a second, the
 * lowest speed measured; 24 s leaves 4 s before the function's own timeout.
 */
export const FILE_LIMITS: FileLimits = { replyLines: 90_000, lines: 2_000_000, seconds: 24 };

/** Bytes of a file in a reply, of which Lambda takes 6 MB in all: a line with details is longer than the lines allow for. */
const MAX_REPLY_BYTES = 5_900_000;

/** Seconds by which the database's limit is longer than ours, so that a slow report ends here with a refusal. */
const GRACE_SECONDS = 2;

/** Writing took too long: an expected refusal, thrown through the store that reads the content. */
class TooSlowError extends Error {}

/**
 * Writes a wallet's operations as CSV, as they were at one moment: those that succeeded in the order of booking, or all, with
 * the pending ones at the end. A file too long for a reply is stored page by page, so memory does not grow with its length.
 * Other transactions never wait for the network; this one may, since it only reads and holds no lock.
 *
 * @param sql a pool: see {@link readBounds}
 * @returns the file, or a refusal if it has too many lines or takes too long
 * @throws FileStoreError if the store fails
 */
export async function fileOfOperations(
  sql: Sql,
  files: Files,
  requested: Period & FileContent,
  limits: FileLimits,
): Promise<Result<OperationsFile>> {
  const bounds = await readBounds(sql, requested);
  if (!bounds.ok) return bounds;
  const allowedSeconds = limits.seconds + GRACE_SECONDS;
  return await readSnapshot(sql, allowedSeconds, async ({ tx }) => {
    await waitForStore(tx, allowedSeconds);
    const range = await readRange(tx, requested, bounds.value);
    const end = performance.now() + limits.seconds * 1_000;
    const inTime = () => {
      if (performance.now() > end) throw new TooSlowError();
    };
    const pages = pagesOf(tx, requested, range);
    const header = headerOf(requested);
    try {
      const { texts, isWhole } = await firstPages(pages, replyLinesOf(requested, limits));
      if (isWhole) return ok({ text: [header, ...texts].join('') });
      if (await hasMore(tx, requested, range, limits.lines))
        return tooLarge(`over ${limits.lines} operations`);
      const content = encoded([header, ...texts], pages, inTime);
      return ok({ url: await files.store({ name: FILE_NAME, contentType: FILE_TYPE, content }) });
    } catch (error) {
      if (error instanceof TooSlowError) return tooLarge('more operations than can be written in time');
      throw error;
    }
  });
}

const replyLinesOf = ({ columns }: FileContent, { replyLines }: FileLimits): number =>
  columns === 'short' ? replyLines : Math.floor(replyLines / LENGTH_OF_ALL);

/** A period without end goes up to the moment of the file, whose pending operations are then in it, too. */
async function readRange(
  tx: Tx,
  { walletId, to, status }: Period & FileContent,
  bounds: PeriodBounds,
): Promise<FileRange> {
  const positions = await readPositions(tx, walletId, bounds.from, to === undefined ? 'infinity' : bounds.to);
  if (status === 'success') return { ...positions, hasPending: false };
  const [row] = await tx<{ isOpen: boolean }[]>`
    SELECT ${to ?? null}::timestamptz IS NULL OR ${to ?? null}::timestamptz > now() AS "isOpen"`;
  return { ...positions, hasPending: row?.isOpen ?? false };
}

/** Lets the transaction wait for the store. */
async function waitForStore(tx: Tx, seconds: number): Promise<void> {
  await tx`SELECT set_config('idle_in_transaction_session_timeout', ${`${seconds}s`}, true)`;
}

const tooLarge = (what: string): Result<never> =>
  refused('report_too_large', `the file has ${what}: narrow it with from and to`);

/** Bytes of a text as Lambda sends it: within JSON, where a quote and a line end have two. */
const bytesInReply = (text: string): number => Buffer.byteLength(JSON.stringify(text));

/** Reads pages until the last, or until they have more lines than a reply takes. */
async function firstPages(pages: AsyncGenerator<Page>, replyLines: number) {
  const texts: string[] = [];
  let [lines, bytes] = [0, 0];
  while (lines <= replyLines && bytes <= MAX_REPLY_BYTES) {
    const { done, value: page } = await pages.next();
    if (done) return { texts, isWhole: true };
    texts.push(page.text);
    lines += page.lines;
    bytes += bytesInReply(page.text);
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
