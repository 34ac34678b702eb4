import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { FileStoreError } from '../../../lib/aws/file-store-error.ts';
import { s3 } from '../../../lib/aws/files.ts';
import { describeError } from '../../../lib/runtime/log.ts';

async function* content() {
  yield Buffer.from('line\n');
}

/** What a log says of a file that was to be stored there. */
async function logOf(endpoint: string): Promise<Record<string, unknown>> {
  vi.stubEnv('AWS_ENDPOINT_URL_S3', endpoint);
  try {
    const files = s3('reports');
    await files.store({ name: 'report.csv', contentType: 'text/csv', content: content() });
  } catch (error) {
    expect(error).toBeInstanceOf(FileStoreError);
    return describeError(error);
  } finally {
    vi.unstubAllEnvs();
  }
  throw new Error('the file was stored');
}

describe('the log of a file that was not stored', () => {
  let server: Server;
  let endpoint: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume();
      response.statusCode = 403;
      response.setHeader('content-type', 'application/xml');
      response.setHeader('x-amz-request-id', 'KTB9');
      response.end('<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  test("names S3's reason, status and request", async () => {
    expect(await logOf(endpoint)).toMatchObject({
      name: 'FileStoreError',
      cause: { name: 'AccessDenied', message: 'Access Denied', httpStatus: 403, requestId: 'KTB9' },
    });
  });

  test('names what the network says where nobody answers', async () => {
    const log = await logOf('http://127.0.0.1:1');
    expect(log).toMatchObject({ name: 'FileStoreError', cause: { code: 'ECONNREFUSED' } });
  });
});
