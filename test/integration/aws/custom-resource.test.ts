import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { answerCustomResource, readCustomResource } from '../../../lib/aws/custom-resource.ts';

/** Far more than any test takes. */
const REMAINING_MS = 600_000;

/** Less than the margin that is kept for the answer. */
const NO_TIME_MS = 1_000;

describe('an answer to CloudFormation', () => {
  const answers: {
    readonly method?: string | undefined;
    readonly type?: string | undefined;
    readonly body: Record<string, string>;
  }[] = [];
  let refusals = 0;
  let server: Server;
  let ResponseURL: string;

  beforeAll(async () => {
    server = createServer((incoming, response) => {
      void text(incoming).then((body) => {
        response.statusCode = refusals-- > 0 ? 503 : 200;
        const { method, headers } = incoming;
        if (response.statusCode === 200)
          answers.push({ method, type: headers['content-type'], body: JSON.parse(body) });
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ResponseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/answer?signature=x`;
  });
  beforeEach(() => {
    answers.length = 0;
    refusals = 0;
  });
  afterAll(() => server.close());

  const request = (RequestType: string, extra: Record<string, unknown> = {}) => {
    const ids = { StackId: 'stack', RequestId: 'request', LogicalResourceId: 'DatabaseMigration' };
    const asked = readCustomResource({ RequestType, ResponseURL, ...ids, ...extra });
    if (asked === undefined) throw new Error('it was not read');
    return asked;
  };

  test('tells of success, under an id that stays the same', async () => {
    await answerCustomResource(request('Create'), () => Promise.resolve(), REMAINING_MS);
    await answerCustomResource(
      request('Update', { PhysicalResourceId: 'kept' }),
      () => Promise.resolve(),
      REMAINING_MS,
    );
    const common = {
      Status: 'SUCCESS',
      StackId: 'stack',
      RequestId: 'request',
      LogicalResourceId: 'DatabaseMigration',
    };
    expect(answers.map(({ body }) => body)).toEqual([
      { ...common, PhysicalResourceId: 'DatabaseMigration' },
      { ...common, PhysicalResourceId: 'kept' },
    ]);
    expect(answers[0]).toMatchObject({ method: 'PUT', type: '' });
  });

  test('tells why it failed, in one bounded line without a password', async () => {
    const error = new Error(`no postgres://me:hunter2@db/x ${'x'.repeat(5_000)}\nsecond line`);
    await answerCustomResource(request('Update'), () => Promise.reject(error), REMAINING_MS);
    const { Status, Reason = '' } = answers[0]?.body ?? {};
    expect(Status).toBe('FAILED');
    expect(Reason).toMatch(/^no postgres:\/\/…@db\/x x+ \(the function's log says more\)$/);
    expect(Reason.length).toBeLessThan(600);
  });

  test('comes in time where the work does not end', async () => {
    await answerCustomResource(request('Update'), () => new Promise(() => {}), NO_TIME_MS);
    expect(answers[0]?.body).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(/^it takes longer/),
    });
  });

  test('to a deletion is success, and nothing is done', async () => {
    let ran = false;
    const work = async () => {
      ran = true;
    };
    await answerCustomResource(request('Delete', { PhysicalResourceId: 'kept' }), work, REMAINING_MS);
    expect([ran, answers[0]?.body]).toMatchObject([false, { Status: 'SUCCESS', PhysicalResourceId: 'kept' }]);
  });

  test('is sent again where it was not taken', async () => {
    refusals = 2;
    await answerCustomResource(request('Create'), () => Promise.resolve(), REMAINING_MS);
    expect(answers).toHaveLength(1);
  });

  test('is owed to no other event', () => {
    expect([{}, null, undefined, { RequestType: 'Create' }].map(readCustomResource)).toEqual(
      Array(4).fill(undefined),
    );
  });
});
