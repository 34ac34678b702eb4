import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { boundedInTime } from './client.ts';
import { FileStoreError } from './file-store-error.ts';

/** A file to be stored. */
interface NewFile {
  /** What a download of it is called: letters, digits, dots and dashes. */
  readonly name: string;
  readonly contentType: string;
  /** Read as fast as it is stored, and not to its end where storing fails. */
  readonly content: AsyncIterable<Buffer>;
}

/** Where files go that are too large for a reply. */
export interface Files {
  /**
   * Stores a file under a name of its own that nobody can guess.
   *
   * @returns a URL from which whoever has it can download the file for {@link LINK_SECONDS} seconds
   * @throws FileStoreError where the store did not take it; what reading the content throws, as it is. No file is left
   *   then
   */
  store(file: NewFile): Promise<string>;
}

/** Seconds that a download's link lasts: enough to follow it, too few to hand it on. */
const LINK_SECONDS = 300;

/** Bytes of a part: the least that S3 takes. */
const PART_BYTES = 5 * 1024 * 1024;

/** Parts under way at once: with the one that is being filled, some 20 MB of memory. */
const PARTS_AT_ONCE = 3;

/** Milliseconds to connect to the store, and to wait for it to take a part. */
const BOUNDS = { connectMs: 1_000, requestMs: 5_000, attempts: 2 };

/** A private S3 bucket. */
export function s3(bucket: string): Files {
  const client = new S3Client(boundedInTime(BOUNDS));
  return {
    async store({ name, contentType, content }) {
      const key = `${randomUUID()}/${name}`;
      const source = watched(content);
      const upload = new Upload({
        client,
        params: {
          Bucket: bucket,
          Key: key,
          Body: Readable.from(source.content, { objectMode: false }),
          ContentType: contentType,
          ContentDisposition: `attachment; filename="${name}"`,
        },
        partSize: PART_BYTES,
        queueSize: PARTS_AT_ONCE,
      });
      try {
        await upload.done();
        const stored = new GetObjectCommand({ Bucket: bucket, Key: key });
        return await getSignedUrl(client, stored, { expiresIn: LINK_SECONDS });
      } catch (error) {
        if (source.failure !== undefined) throw source.failure.error;
        throw new FileStoreError('the file could not be stored', { cause: error });
      }
    },
  };
}

/** A function's need of files (see lib/runtime/entry.ts). */
export const files = {
  setting: 'REPORTS_BUCKET',
  open: (bucket: string) => ({ files: s3(bucket) }),
} as const;

/** Content that remembers how reading it failed: an upload's error does not tell whose fault it was. */
function watched(content: AsyncIterable<Buffer>) {
  const iterator = content[Symbol.asyncIterator]();
  async function* read(): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        const { done, value } = await iterator.next().catch(failed);
        if (done) return;
        yield value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  const source: { readonly content: AsyncIterable<Buffer>; failure?: { readonly error: unknown } } = {
    content: read(),
  };
  const failed = (error: unknown): never => {
    source.failure = { error };
    throw error;
  };
  return source;
}
