import { type Files, s3 } from '../lib/aws/files.ts';
import { openDatabase } from '../lib/postgres/database.ts';
import { FILE_LIMITS, fileOfOperations } from '../lib/reports/csv-file.ts';
import { serveTasks } from '../localstack/processes/parent.ts';

/** The file of a wallet. */
export interface Task {
  readonly databaseUrl: string;
  /** A bigint in digits. */
  readonly walletId: string;
  /** Where the file goes; null where it is not stored. */
  readonly bucket: string | null;
}

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

async function measure({ databaseUrl, walletId, bucket }: Task): Promise<FileRun> {
  const chunks: { at: number; bytes: number }[] = [];
  const files = bucket === null ? discarding(chunks) : timed(s3(bucket), chunks);
  const sql = openDatabase(databaseUrl);
  await sql`SELECT 1`;
  const begun = performance.now();
  const requested = {
    ...{ walletId: BigInt(walletId), from: undefined, to: undefined },
    ...({ status: 'success', columns: 'short' } as const),
  };
  const result = await fileOfOperations(sql, files, requested, { ...FILE_LIMITS, replyLines: 0 });
  const timeS = (performance.now() - begun) / 1_000;
  await sql.end();
  if (!result.ok) throw new Error(result.refusal.error);
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
  return {
    timeS,
    bytes,
    firstTenthS: tenth(chunks, begun, 0),
    lastTenthS: tenth(chunks, begun, 9),
    // maxRSS is in kibibytes.
    peakRssMb: (process.resourceUsage().maxRSS * 1024) / 1e6,
  };
}

/** Seconds that one tenth of the chunks took; `index` is from 0 to 9. */
function tenth(chunks: readonly { readonly at: number }[], begun: number, index: number): number {
  const at = (share: number) => chunks[Math.ceil((chunks.length * share) / 10) - 1]?.at ?? begun;
  return (at(index + 1) - at(index)) / 1_000;
}

await serveTasks(measure);
