import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import type { Serverless } from './serverless.ts';
import { messageOf, resourcesOf, withClient } from './stack.ts';

/** The bucket of reports in deployment/reports.yml. Its files can be made again on request. */
const BUCKET = 'ReportsBucket';

/** Most files that S3 lists or deletes in one request. */
const BATCH_FILES = 1_000;

/** Uploads aborted at the same time. */
const BATCH_UPLOADS = 50;

/** Ten million files, more than a bucket that keeps files for a day holds. Reaching it means that something still writes. */
const MAX_BATCHES = 10_000;

/**
 * Empties the stack's bucket of reports: CloudFormation does not delete a bucket with files in it. Does nothing if the
 * stack or its bucket is gone.
 *
 * @throws Error naming the bucket, what could not be deleted and what to do
 */
export async function emptyReports(serverless: Serverless): Promise<void> {
  const bucket = (await resourcesOf(serverless)).get(BUCKET);
  if (bucket === undefined) return;
  try {
    const deleted = await withClient(serverless, S3Client, (client) => emptyBucket(client, bucket));
    if (deleted > 0) console.log(`Deleted ${deleted} ${deleted === 1 ? 'file' : 'files'} of ${bucket}`);
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchBucket') return;
    throw new serverless.classes.Error(
      `The bucket ${bucket} could not be emptied: ${messageOf(error)}. Nothing else was removed. It takes s3:ListBucket, s3:DeleteObject, ` +
        's3:ListBucketMultipartUploads and s3:AbortMultipartUpload; grant these and run remove again.',
      'MY_LITTLE_PS_BUCKET',
    );
  }
}

/**
 * Deletes every file of an unversioned bucket, and aborts unfinished uploads.
 *
 * @returns the number of deleted files
 * @throws Error naming a file that S3 did not delete
 */
export async function emptyBucket(client: S3Client, bucket: string): Promise<number> {
  await abortUploads(client, bucket);
  let deleted = 0;
  for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
    // Lists from the start each time: the files listed before are deleted.
    const { Contents = [] } = await client.send(
      new ListObjectsV2Command({ Bucket: bucket, MaxKeys: BATCH_FILES }),
    );
    if (Contents.length === 0) return deleted;
    const Objects = Contents.map(({ Key }) => ({ Key }));
    const { Errors = [] } = await client.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
    );
    const [first] = Errors;
    if (first !== undefined) throw new Error(`${first.Key}: ${first.Code} ${first.Message}`);
    deleted += Objects.length;
  }
  throw new Error(`it still has files after ${deleted} were deleted, so something keeps writing to it`);
}

async function abortUploads(client: S3Client, bucket: string): Promise<void> {
  for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
    const { Uploads = [] } = await client.send(
      new ListMultipartUploadsCommand({ Bucket: bucket, MaxUploads: BATCH_UPLOADS }),
    );
    if (Uploads.length === 0) return;
    await Promise.all(
      Uploads.map(({ Key, UploadId }) =>
        client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId })),
      ),
    );
  }
  throw new Error('new uploads to it keep starting');
}
