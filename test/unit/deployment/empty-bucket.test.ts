import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { emptyReports } from '../../../deployment/empty-bucket.ts';
import type { Serverless } from '../../../deployment/serverless.ts';
import { LOOPBACK } from '../../../localstack/addresses.ts';
import { TEST_CLIENT } from '../../support/aws.ts';

const BUCKET = 'my-little-ps-dev-reportsbucket-1';
const RESOURCE = { LogicalResourceId: 'ReportsBucket', PhysicalResourceId: BUCKET };

/** What S3 answers to the three requests; test/deploy has it from moto. */
const NO_UPLOADS = '<ListMultipartUploadsResult></ListMultipartUploadsResult>';
const ONE_FILE =
  '<ListBucketResult><Contents><Key>1/report.csv</Key></Contents><KeyCount>1</KeyCount></ListBucketResult>';
const NOT_DELETED =
  '<DeleteResult><Error><Key>1/report.csv</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error></DeleteResult>';
const NO_BUCKET = '<Error><Code>NoSuchBucket</Code><Message>The bucket does not exist</Message></Error>';

const asked: string[] = [];
const stores: Server[] = [];

afterEach(() => {
  asked.length = 0;
  for (const store of stores.splice(0)) {
    store.closeAllConnections();
    store.close();
  }
});

/** A stack with these resources, whose bucket is a store that answers so. */
async function stack(
  resources: () => Promise<readonly object[]>,
  answer: (request: string) => { readonly status: number; readonly body: string },
): Promise<Serverless> {
  const store = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const { status, body } = answer(`${request.method} ${request.url}`);
    request.resume().on('end', () => response.writeHead(status).end(body));
  });
  stores.push(store);
  store.listen({ port: 0, host: LOOPBACK });
  await once(store, 'listening');
  const address = store.address();
  const config = {
    ...TEST_CLIENT,
    endpoint: `http://${LOOPBACK}:${typeof address === 'object' ? address?.port : ''}`,
    maxAttempts: 1,
  };
  return {
    classes: { Error },
    getProvider: () => ({
      getStackResources: resources,
      getAwsSdkV3Config: () => Promise.resolve(config),
    }),
  } as unknown as Serverless;
}

const nothing = () => ({ status: 500, body: '' });

test('a stack or bucket that is gone stops no removal, and asks nothing of S3', async () => {
  const missing = Object.assign(new Error('Stack with id my-little-ps-dev does not exist'), {
    name: 'ValidationError',
  });
  await emptyReports(await stack(() => Promise.reject(missing), nothing));
  await emptyReports(await stack(() => Promise.resolve([]), nothing));
  const gone = { ...RESOURCE, ResourceStatus: 'DELETE_COMPLETE' };
  await emptyReports(await stack(() => Promise.resolve([gone]), nothing));
  expect(asked).toEqual([]);
});

test('a bucket that someone deleted by hand stops no removal', async () => {
  await emptyReports(
    await stack(
      () => Promise.resolve([RESOURCE]),
      () => ({ status: 404, body: NO_BUCKET }),
    ),
  );
  expect(asked).toHaveLength(1);
});

test('rights that lack for looking at the stack stop the removal', async () => {
  const denied = Object.assign(new Error('not authorized'), { name: 'AccessDenied' });
  await expect(emptyReports(await stack(() => Promise.reject(denied), nothing))).rejects.toBe(denied);
});

test('a file that S3 does not delete stops the removal, with the bucket, the file and the rights it takes', async () => {
  const serverless = await stack(
    () => Promise.resolve([RESOURCE]),
    (request) => {
      if (request.startsWith('POST')) return { status: 200, body: NOT_DELETED };
      return { status: 200, body: request.includes('uploads') ? NO_UPLOADS : ONE_FILE };
    },
  );
  await expect(emptyReports(serverless)).rejects.toThrow(
    `The bucket ${BUCKET} could not be emptied: 1/report.csv: AccessDenied Access Denied. Nothing else was removed. It takes s3:ListBucket, s3:DeleteObject`,
  );
});
