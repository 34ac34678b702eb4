import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { downloadOperations } from '../../../functions/report-files.ts';
import { FileStoreError } from '../../../lib/aws/file-store-error.ts';
import { type Files, s3 } from '../../../lib/aws/files.ts';
import { FILE_LIMITS } from '../../../lib/reports/csv-file.ts';
import { REPORTS_BUCKET } from '../../../localstack/addresses.ts';
import { startQueue } from '../../../localstack/embedded/fauxqs.ts';
import { bookRows } from '../../support/system/book.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { prepare } from '../../support/system/prepare.ts';
import { testSystem } from '../../support/system/system.ts';

const START = '2026-01-01T00:00:00Z';

/** More than a reply takes, and enough bytes for several parts. */
const LINES = 250_000;

/** Not a whole number of pages, parts or seconds. */
const STEP_MS = 37;

/** A slow machine takes longer to write the largest files than a function has time; that limit has a test of its own. */
const LIMITS = { ...FILE_LIMITS, seconds: 200 };

/** The line of the n-th operation. */
function line(n: number): string {
  const at = new Date(Date.parse(START) + ((n * STEP_MS) % 86_400_000)).toISOString();
  return `in,${n},EUR,${at.replace('Z', '000Z')}\n`;
}

/** Points the SDK at a store, for the clients that are made while `make` runs. */
function at(endpoint: string, bucket = REPORTS_BUCKET): Files {
  process.env['AWS_ENDPOINT_URL_S3'] = endpoint;
  return s3(bucket);
}

describe('GET /operations/file/{walletId}', async () => {
  const { sql, open } = await testDatabase();
  const system = testSystem(sql);
  const emulator = await startQueue({ port: 0 });
  afterAll(() => emulator.stop());
  const files = at(emulator.endpoint);
  let wallet: bigint;

  const receive = async (first: number, last: number) => {
    await prepare(sql, (tx) =>
      bookRows(
        tx,
        wallet,
        tx`SELECT n AS amount, ${START}::timestamptz + n * ${STEP_MS} * interval '1 millisecond' AS at, 'receipt' AS leg,
          'success' AS status, 'EUR' AS currency, n - ${first}::int + 1 AS number
        FROM generate_series(${first}::int, ${last}::int) AS n`,
      ),
    );
  };
  beforeAll(async () => {
    await system.setRates();
    wallet = await system.wallet('USD');
    for (let first = 1; first <= LINES; first += 50_000) await receive(first, first + 49_999);
  });

  const download = async (store: Files, limits = LIMITS, query: Record<string, string> = { from: START }) =>
    await call(downloadOperations({ sql: open(), files: store, limits, apiKeys: 'off' }), {
      path: { walletId: String(wallet) },
      query,
    });

  /** The file of the first `count` operations. */
  const expected = (count: number): string =>
    `type,amount,currency,created_at\n${Array.from({ length: count }, (_, index) => line(index + 1)).join('')}`;

  test('redirects to a file of every operation, byte by byte', async () => {
    const { status, headers, text } = await download(files);
    expect([status, text]).toEqual([303, '']);
    expect(headers['cache-control']).toBe('no-store');
    const file = await fetch(headers['location'] ?? '');
    expect(file.status).toBe(200);
    expect(file.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(file.headers.get('content-disposition')).toBe('attachment; filename="report.csv"');
    expect(Buffer.from(await file.arrayBuffer()).equals(Buffer.from(expected(LINES)))).toBe(true);
  });

  test('answers with the file itself up to 90,000 lines, and redirects from there on', async () => {
    const upTo = (count: number) => ({
      from: START,
      to: new Date(Date.parse(START) + (count + 1) * STEP_MS).toISOString(),
    });
    const small = await download(files, LIMITS, upTo(90_000));
    expect(small.status).toBe(200);
    expect(small.text).toBe(expected(90_000));
    const large = await download(files, LIMITS, upTo(90_001));
    expect(large.status).toBe(303);
    expect(await (await fetch(large.headers['location'] ?? '')).text()).toBe(expected(90_001));
  });

  test('answers with all columns up to a quarter of the lines, and redirects from there on', async () => {
    const upTo = (count: number) => ({
      from: START,
      to: new Date(Date.parse(START) + (count + 1) * STEP_MS).toISOString(),
      columns: 'all',
    });
    const small = await download(files, LIMITS, upTo(22_500));
    expect(small.status).toBe(200);
    expect(small.text.split('\n')).toHaveLength(22_502);
    // What Lambda takes of a reply, as JSON.
    expect(JSON.stringify(small.text).length).toBeLessThan(6 * 1024 * 1024);
    const large = await download(files, LIMITS, upTo(22_501));
    expect(large.status).toBe(303);
    const text = await (await fetch(large.headers['location'] ?? '')).text();
    expect(text.split('\n')).toHaveLength(22_503);
  });

  test('signs a link of its own for each file, which lasts five minutes', async () => {
    const limits = { ...LIMITS, replyLines: 10 };
    const query = { from: START, to: '2026-01-01T00:00:05Z' };
    const links = [await download(files, limits, query), await download(files, limits, query)].map(
      ({ headers }) => new URL(headers['location'] ?? ''),
    );
    expect(links[0]?.pathname).not.toBe(links[1]?.pathname);
    for (const { pathname, searchParams } of links) {
      expect(pathname).toMatch(/^\/[a-z-]+\/[0-9a-f-]{36}\/report\.csv$/);
      expect(searchParams.get('X-Amz-Expires')).toBe('300');
      expect(searchParams.get('X-Amz-Signature')).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  test('refuses a file of too many operations, and says what to do', async () => {
    const limits = { ...LIMITS, lines: LINES - 1 };
    expect(await download(files, limits)).toMatchObject({
      status: 413,
      payload: {
        code: 'report_too_large',
        error: `the file has over ${LINES - 1} operations: narrow it with from and to`,
      },
    });
    expect((await download(files, { ...LIMITS, lines: LINES })).status).toBe(303);
    const all = { from: START, status: 'all' };
    expect((await download(files, limits, all)).status).toBe(413);
    expect((await download(files, { ...LIMITS, lines: LINES }, all)).status).toBe(303);
  });

  test('refuses a file that takes too long to write, and says what to do', async () => {
    const slow: Files = {
      store: async ({ content }) => {
        for await (const _chunk of content) await sleep(1_500);
        return 'https://files.example.com';
      },
    };
    expect(await download(slow, { ...FILE_LIMITS, seconds: 1 })).toMatchObject({
      status: 413,
      payload: {
        code: 'report_too_large',
        error: 'the file has more operations than can be written in time: narrow it with from and to',
      },
    });
  });

  test('holds what was there at one moment, whatever is recorded while it is written', async () => {
    let text = '';
    const meanwhile: Files = {
      store: async ({ content }) => {
        for await (const chunk of content) {
          if (text === '') await receive(LINES + 1, LINES + 1);
          text += chunk.toString();
        }
        return 'https://files.example.com';
      },
    };
    expect((await download(meanwhile)).status).toBe(303);
    expect(text === expected(LINES)).toBe(true);
  });

  test.each([
    ['does not answer', 'http://127.0.0.1:1', REPORTS_BUCKET],
    ['has no such bucket', emulator.endpoint, 'another-bucket'],
  ])(
    'answers 503 where the store %s, and a file that needs none all the same',
    async (_what, url, bucket) => {
      const store = at(url, bucket);
      expect(await download(store)).toMatchObject({
        status: 503,
        payload: {
          code: 'files_unavailable',
          error: 'the store of files does not answer: try again later',
        },
      });
      expect((await download(store, LIMITS, { from: START, to: '2026-01-01T00:00:05Z' })).status).toBe(200);
    },
  );
});

describe('a store of files that takes no parts', () => {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const { method = '', url = '' } = request;
    requests.push(`${method} ${url.replace(/^.*\?/, '')}`);
    request.resume();
    if (method === 'PUT') return;
    const begun =
      '<InitiateMultipartUploadResult><UploadId>upload-1</UploadId></InitiateMultipartUploadResult>';
    response.setHeader('content-type', 'application/xml');
    response.end(method === 'POST' ? begun : '');
  });
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  afterAll(() => server.closeAllConnections());

  test('fails, leaves nothing behind, and keeps no more than 32 MB in memory', async () => {
    const store = at(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    let bytes = 0;
    async function* endless() {
      for (;;) {
        const chunk = Buffer.alloc(512 * 1024);
        bytes += chunk.length;
        yield chunk;
      }
    }
    const stored = store.store({ name: 'report.csv', contentType: 'text/csv', content: endless() });
    await expect(stored).rejects.toThrow(FileStoreError);
    expect(requests.some((request) => /^DELETE .*uploadId=upload-1/.test(request))).toBe(true);
    expect(bytes).toBeLessThan(32 * 1024 * 1024);
  });
});
