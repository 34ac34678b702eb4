import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MyLittlePs, type Options } from '../../../client/src/client.ts';
import {
  ConnectionError,
  RefusalError,
  TimeoutError,
  UnavailableError,
  UnexpectedReplyError,
} from '../../../client/src/errors.ts';
import {
  DEFAULT_MAX_RETRIES,
  FIRST_PAUSE_MS,
  MAX_PAUSE_MS,
  MAX_RETRY_AFTER_MS,
  pauseMs,
} from '../../../client/src/tries.ts';
import { type StubReply, type StubServer, startStub } from '../../support/client/stub-server.ts';

const RECEIPT = { WalletId: 7n, Amount: 5n, Currency: 'USD' };
const ACCEPTED = { body: { payload: { TransactionId: 'a' } } };

let stub: StubServer | undefined;

beforeEach(() => {
  // Pauses of no length: how long they are is a test of its own.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await stub?.stop();
  stub = undefined;
});

async function start(replies: readonly StubReply[], options: Partial<Options> = {}) {
  stub = await startStub(replies);
  return { ps: new MyLittlePs({ url: stub.url, ...options }), seen: stub.seen };
}

const keysOf = (seen: StubServer['seen']) => seen.map(({ headers }) => headers['idempotency-key']);

describe('a request is tried again, with the same key and body', () => {
  const refusal = (code: string) => ({ payload: { error: 'Try again.', code } });
  test.each<[string, StubReply]>([
    ['429', { status: 429, body: refusal('too_many_requests') }],
    ['429 of the gateway', { status: 429, body: { message: 'Too Many Requests' } }],
    ['500', { status: 500, body: refusal('internal_error') }],
    ['500 of the gateway', { status: 500, body: { message: 'Internal Server Error' } }],
    ['502 of a proxy', { status: 502, text: '<html>' }],
    ['503', { status: 503, body: refusal('out_of_time') }],
    ['504', { status: 504, text: '' }],
    ['a connection that is cut before the reply', 'hang up'],
    ['a reply that is cut', 'cut'],
    ['a 200 that is no JSON', { text: '<html>' }],
    ['half of a JSON text, said to be all', { text: '{"payload":{"TransactionId":"a"' }],
  ])('after %s', async (_what, reply) => {
    const { ps, seen } = await start([reply, ACCEPTED]);
    expect(await ps.transactions.receive(RECEIPT)).toEqual({ TransactionId: 'a' });
    expect(seen.map(({ body }) => body)).toEqual(
      Array(2).fill('{"WalletId":"7","Amount":"5","Currency":"USD"}'),
    );
    const [first, second] = keysOf(seen);
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    expect(second).toBe(first);
  });
});

test('two calls have two keys, and a key that is given is taken', async () => {
  const { ps, seen } = await start([ACCEPTED]);
  await ps.transactions.receive(RECEIPT);
  await ps.transactions.receive(RECEIPT);
  await ps.transactions.receive(RECEIPT, { idempotencyKey: 'order-17' });
  expect(new Set(keysOf(seen)).size).toBe(3);
  expect(keysOf(seen).at(-1)).toBe('order-17');
});

test.each(['', ' ', '\t'])(
  'the key %j, which is no key, is refused before anything is sent',
  async (idempotencyKey) => {
    const { ps, seen } = await start([ACCEPTED]);
    await expect(ps.transactions.receive(RECEIPT, { idempotencyKey })).rejects.toThrow(TypeError);
    expect(seen).toEqual([]);
  },
);

test('a GET is tried again, without a key', async () => {
  const { ps, seen } = await start(['hang up', { body: { payload: { Status: 'ok' } } }]);
  expect(await ps.live()).toEqual({ Status: 'ok' });
  expect(keysOf(seen)).toEqual([undefined, undefined]);
});

test('a request is tried so often and no more, and the error has its key', async () => {
  const { ps, seen } = await start([{ status: 503, body: { payload: { error: 'x', code: 'out_of_time' } } }]);
  const error = await ps.transactions.receive(RECEIPT).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UnavailableError);
  expect(error).toMatchObject({ status: 503, code: 'out_of_time', idempotencyKey: keysOf(seen)[0] });
  expect(seen).toHaveLength(1 + DEFAULT_MAX_RETRIES);
  await expect(ps.transactions.receive(RECEIPT, { maxRetries: 0 })).rejects.toThrow(UnavailableError);
  expect(seen).toHaveLength(2 + DEFAULT_MAX_RETRIES);
});

test('where nothing listens, the error says so, with the key', async () => {
  const { ps } = await start([], { maxRetries: 1 });
  await stub?.stop();
  stub = undefined;
  const error = await ps.transactions.receive(RECEIPT).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error).toMatchObject({
    idempotencyKey: expect.any(String),
    status: undefined,
    cause: expect.any(Error),
  });
});

describe('a refusal that looks at nobody’s key, after a try that may have been done', () => {
  const refusal = (status: number, code: string, headers: Record<string, string> = {}): StubReply => ({
    ...{ status, headers, body: { payload: { error: 'No.', code } } },
  });
  const busy = refusal(429, 'too_many_requests', { 'Retry-After': '3600' });

  test.each<[string, StubReply, StubReply]>([
    ['401 after a connection that was cut', 'hang up', refusal(401, 'unauthorized')],
    ['403 after a reply that was cut', 'cut', refusal(403, 'forbidden')],
    [
      '403 of the gateway after a 200 that is no JSON',
      { text: '<html>' },
      { status: 403, body: { message: 'Forbidden' } },
    ],
    ['429 after a 503', refusal(503, 'out_of_time'), busy],
  ])('is no refusal of a payment: %s', async (_what, first, second) => {
    const { ps, seen } = await start([first, second]);
    const error = await ps.transactions.receive(RECEIPT).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error).toMatchObject({
      idempotencyKey: keysOf(seen)[0],
      cause: expect.any(RefusalError),
    });
    expect(seen).toHaveLength(2);
  });

  test('is one of a payment that only was refused so before', async () => {
    const { ps, seen } = await start([refusal(429, 'too_many_requests')]);
    await expect(ps.transactions.receive(RECEIPT)).rejects.toThrow(RefusalError);
    expect(seen).toHaveLength(1 + DEFAULT_MAX_RETRIES);
  });

  test('is one of a GET', async () => {
    const { ps } = await start(['hang up', refusal(403, 'forbidden')]);
    await expect(ps.health()).rejects.toThrow(RefusalError);
  });

  test('is what another refusal is not: that is of the payment itself', async () => {
    const { ps } = await start(['hang up', refusal(404, 'wallet_not_found')]);
    await expect(ps.transactions.receive(RECEIPT)).rejects.toMatchObject({ code: 'wallet_not_found' });
  });
});

test('a 200 that is never JSON is an unexpected reply', async () => {
  const { ps } = await start([{ text: '<html>' }], { maxRetries: 1 });
  await expect(ps.health()).rejects.toThrow(UnexpectedReplyError);
});

test('no redirect is followed, with a key least of all', async () => {
  const other = await startStub([ACCEPTED]);
  const redirect = { status: 307, headers: { Location: `${other.url}/receive_amount` } };
  const { ps } = await start([redirect], { apiKey: 'mlps_secret' });
  await expect(ps.transactions.receive(RECEIPT)).rejects.toThrow(UnexpectedReplyError);
  expect(other.seen).toEqual([]);
  await other.stop();
});

describe('Retry-After', () => {
  const busy = (seconds: number) => ({
    status: 429,
    headers: { 'Retry-After': String(seconds) },
    body: { payload: { error: 'Wait.', code: 'too_many_requests' } },
  });

  test('is waited for', async () => {
    const { ps, seen } = await start([busy(1), ACCEPTED]);
    const startedMs = performance.now();
    await ps.transactions.receive(RECEIPT);
    // Timers may be a millisecond early.
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(999);
    expect(seen).toHaveLength(2);
  });

  test.each([
    ['is longer than anyone waits', MAX_RETRY_AFTER_MS / 1000 + 1, {}],
    ['is longer than there is time', 20, { timeoutMs: 10_000 }],
  ])('is handed to the caller if it %s', async (_what, seconds, options) => {
    const { ps, seen } = await start([busy(seconds)]);
    await expect(ps.transactions.receive(RECEIPT, options)).rejects.toMatchObject({
      code: 'too_many_requests',
      retryAfterMs: seconds * 1000,
    });
    expect(seen).toHaveLength(1);
  });
});

describe('the time limit', () => {
  test('ends a request that hangs, whose error has the key', async () => {
    const { ps, seen } = await start(['hang'], { timeoutMs: 300 });
    const error = await ps.transactions.receive(RECEIPT).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ idempotencyKey: keysOf(seen)[0] });
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])('of %d ms is refused', (timeoutMs) => {
    expect(() => new MyLittlePs({ url: 'http://127.0.0.1', timeoutMs })).toThrow(RangeError);
  });
});

describe('an AbortSignal', () => {
  const reason = new Error('the page was left');

  test('that is aborted already sends nothing', async () => {
    const { ps, seen } = await start([ACCEPTED]);
    const signal = AbortSignal.abort(reason);
    await expect(ps.transactions.receive(RECEIPT, { signal })).rejects.toBe(reason);
    expect(seen).toEqual([]);
  });

  test('ends a request that hangs, with its own reason', async () => {
    const { ps, seen } = await start(['hang']);
    const controller = new AbortController();
    const receiving = ps.transactions.receive(RECEIPT, { signal: controller.signal });
    await vi.waitUntil(() => seen.length === 1);
    controller.abort(reason);
    await expect(receiving).rejects.toBe(reason);
  });

  test('ends a pause', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.99);
    const { ps, seen } = await start(['hang up']);
    const controller = new AbortController();
    const receiving = ps.transactions.receive(RECEIPT, { signal: controller.signal, maxRetries: 100 });
    await vi.waitUntil(() => seen.length === 3);
    controller.abort();
    await expect(receiving).rejects.toMatchObject({ name: 'AbortError' });
  });
});

test('a pause is anything up to a bound that doubles', () => {
  expect([0, 1, 2, 3].map((tries) => pauseMs(tries, 1))).toEqual(
    [1, 2, 4, 8].map((times) => times * FIRST_PAUSE_MS),
  );
  expect(pauseMs(1_000, 1)).toBe(MAX_PAUSE_MS);
  expect(pauseMs(3, 0.25)).toBe(2 * FIRST_PAUSE_MS);
  expect(pauseMs(3, 0)).toBe(0);
});
