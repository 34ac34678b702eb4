import { type Files, s3 } from '../lib/aws/files.ts';
import { openDatabase } from '../lib/postgres/database.ts';
import { FILE_LIMITS, fileOfOperations } from '../lib/reports/csv-file.ts';

/** Measurements of writing one file in a separate process. */
export interface FileRun {
  readonly timeS: number;
  readonly bytes: number;
  /** Seconds of the first and of the last tenth of the chunks. */
  readonly firstTenthS: number;
  readonly lastTenthS: number;
  /** Peak memory of the whole process, in megabytes. */
  readonly peakRssMb: number;
}

/** A store that discards the chunks and records when each came. */
function discarding(chunks: { readonly at: number; readonly bytes: number }[]): Files {
  return {
    async store({ content }) {
      for await (const chunk of content) chunks.push({ at: performance.now(), bytes: chunk.length });
      return 'nowhere:';
    },
  };
}

/** Passes the chunks on unchanged, and records when each came. */
function timed(files: Files, chunks: { at: number; bytes: number }[]): Files {
  async function* watched(content: AsyncIterable<Buffer>) {
    for await (const chunk of content) {
      chunks.push({ at: performance.now(), bytes: chunk.length });
      yield chunk;
    }
  }
  return { store: async (file) => await files.store({ ...file, content: watched(file.content) }) };
}

async function measure(databaseUrl: string, walletId: bigint, bucket: string | undefined): Promise<FileRun> {
  const chunks: { at: number; bytes: number }[] = [];
  const files = bucket === undefined ? discarding(chunks) : timed(s3(bucket), chunks);
  const sql = openDatabase(databaseUrl);
  await sql`SELECT 1`;
  const startedMs = performance.now();
  const period = { walletId, from: undefined, to: undefined };
  const result = await fileOfOperations(sql, files, period, { ...FILE_LIMITS, replyLines: 0 });
  const timeS = (performance.now() - startedMs) / 1_000;
  await sql.end();
  if (!result.ok) throw new Error(result.refusal.error);
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
  return {
    timeS,
    bytes,
    firstTenthS: tenth(chunks, startedMs, 0),
    lastTenthS: tenth(chunks, startedMs, 9),
    // maxRSS is in kibibytes.
    peakRssMb: (process.resourceUsage().maxRSS * 1024) / 1e6,
  };
}

/** Seconds that one tenth of the chunks took; `index` is from 0 to 9. */
function tenth(chunks: readonly { readonly at: number }[], startedMs: number, index: number): number {
  const at = (share: number) => chunks[Math.ceil((chunks.length * share) / 10) - 1]?.at ?? startedMs;
  return (at(index + 1) - at(index)) / 1_000;
}

// One file per process: `node bench/report-process.ts DATABASE_URL WALLET_ID [BUCKET]`.
if (import.meta.main) {
  const [databaseUrl = '', walletId = '', bucket] = process.argv.slice(2);
  console.log(JSON.stringify(await measure(databaseUrl, BigInt(walletId), bucket)));
}
