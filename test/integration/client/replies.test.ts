import { inspect } from 'node:util';
import { afterEach, describe, expect, expectTypeOf, test } from 'vitest';
import type { RefusalCode } from '../../../client/generated/api.ts';
import { MyLittlePs, type Options } from '../../../client/src/client.ts';
import { isRefusal, RefusalError, UnexpectedReplyError } from '../../../client/src/errors.ts';
import { STATUS_OF } from '../../../lib/http/status.ts';
import { type StubReply, type StubServer, startStub } from '../../support/client/stub-server.ts';

const RECEIPT = { WalletId: 7n, Amount: 5n, Currency: 'USD' };

let stub: StubServer | undefined;
afterEach(async () => {
  await stub?.stop();
  stub = undefined;
});

async function start(reply: StubReply, options: Partial<Options> = {}) {
  stub = await startStub([reply]);
  return { ps: new MyLittlePs({ url: stub.url, maxRetries: 0, ...options }), seen: stub.seen };
}

describe('a refusal', () => {
  const codes = Object.entries(STATUS_OF).filter(([, status]) => status < 500);
  test.each(codes)('with the code %s is a RefusalError, and is not tried again', async (code, status) => {
    const details = [{ field: 'Amount', error: 'must be positive' }];
    const headers = { 'X-Correlation-Id': 'c-1', 'Apigw-Requestid': 'r-1' };
    const body = { payload: { error: 'Why it is refused', code, details } };
    const { ps, seen } = await start({ status, headers, body }, { maxRetries: status === 429 ? 0 : 6 });
    const error = await ps.transactions.receive(RECEIPT).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RefusalError);
    expect(error).toMatchObject({
      ...{ name: 'RefusalError', code, status, details, correlationId: 'c-1', requestId: 'r-1' },
      message: 'POST /receive_amount: Why it is refused',
      idempotencyKey: seen[0]?.headers['idempotency-key'],
    });
    expect(seen).toHaveLength(1);
  });

  test('names what has the reference already, a wallet with all its digits', async () => {
    const payload = {
      error: 'x',
      code: 'reference_taken',
      FirstTransactionId: 'first',
      FirstWalletId: '9007199254740993',
    };
    const { ps } = await start({ status: 409, body: { payload } });
    const error = await ps.transactions.receive(RECEIPT).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ firstTransactionId: 'first', firstWalletId: 9_007_199_254_740_993n });
  });

  test('is told by its codes', async () => {
    const { ps } = await start({ status: 404, body: { payload: { error: 'x', code: 'wallet_not_found' } } });
    const error: unknown = await ps.wallets.get(7n).catch((thrown: unknown) => thrown);
    expect(isRefusal(error)).toBe(true);
    expect(isRefusal(error, 'same_wallet', 'wallet_not_found')).toBe(true);
    expect(isRefusal(error, 'hold_not_found')).toBe(false);
    expect(isRefusal(new Error('x'))).toBe(false);
    if (isRefusal(error, 'wallet_not_found')) expectTypeOf(error.code).toEqualTypeOf<'wallet_not_found'>();
    if (isRefusal(error)) expectTypeOf(error.code).toEqualTypeOf<RefusalCode>();
  });

  test.each([
    [401, 'Unauthorized', 'unauthorized'],
    [403, 'Forbidden', 'forbidden'],
    [404, 'Not Found', 'route_not_found'],
    [413, 'Request Entity Too Large', 'body_too_large'],
    [429, 'Too Many Requests', 'too_many_requests'],
  ])('of the gateway, %d without payload, has a code, too', async (status, message, code) => {
    const { ps } = await start({ status, body: { message } });
    await expect(ps.health()).rejects.toMatchObject({ code, status, message: `GET /health: ${message}` });
  });

  test.each<[string, StubReply]>([
    ['a page of another service', { status: 404, text: '<html>' }],
    ['JSON of another service', { status: 400, body: { error: 'x' } }],
    ['a 400 of the gateway, which has no code here', { status: 400, body: { message: 'Bad Request' } }],
  ])('is no reply that is %s: that is unexpected', async (_what, reply) => {
    const { ps } = await start(reply);
    await expect(ps.health()).rejects.toThrow(UnexpectedReplyError);
  });
});

describe('digits', () => {
  const wallet = (digits: string) =>
    `{"payload":{"WalletID":${digits},"Name":"A","Country":"UK","City":"9007199254740993","Currency":"USD",` +
    `"Balance":${digits},"Available":${digits},"Group":3,"CreatedAt":"2026-01-01T00:00:00.000000Z"}}`;

  test.each([
    ['strings, as requested', '"9007199254740993"'],
    ['numbers, as of an older server', '9007199254740993'],
  ])('are exact if they come as %s', async (_how, digits) => {
    const { ps, seen } = await start({ text: wallet(digits) });
    const read = await ps.wallets.get(9007199254740993n);
    const exact = 9007199254740993n;
    expect(read).toMatchObject({ WalletID: exact, Balance: exact, Available: exact });
    expect([read.Group, read.City]).toEqual([3, '9007199254740993']);
    expect(seen[0]?.url).toBe('/wallet/9007199254740993');
    expect(seen[0]?.headers['prefer']).toBe('amounts=string');
  });

  test.each(['1.5', '1e3', '"1 000"', '""', 'true'])('that are %s are refused', async (digits) => {
    const { ps } = await start({ text: wallet(digits) });
    await expect(ps.wallets.get(7n)).rejects.toThrow(UnexpectedReplyError);
  });

  test('of a field that this version does not know are kept, too', async () => {
    const { ps } = await start({
      text: '{"payload":{"Status":"ok","Sequence":9007199254740993,"Load":0.5}}',
    });
    expect(await ps.live()).toEqual({ Status: 'ok', Sequence: 9007199254740993n, Load: 0.5 });
  });

  test('of a rate are text in both directions', async () => {
    const { ps, seen } = await start({
      text: '{"payload":{"Currencies":[{"Name":"EUR","Rate":1.093809000000000001,"UpdatedAt":"x"}]}}',
    });
    const [eur] = await ps.currencies.list();
    expect(eur?.Rate).toBe('1.093809000000000001');
    await ps.currencies.update({ EUR: '0.000000000001', RUB: '1000000000' });
    expect(seen.at(-1)?.body).toBe('{"Rates":{"EUR":0.000000000001,"RUB":1000000000}}');
  });

  test.each(['1e-3', '.5', '01', '-1', '1.', 'NaN', ''])(
    'of the rate %j are refused before they are sent',
    async (rate) => {
      const { ps, seen } = await start({});
      await expect(ps.currencies.update({ EUR: rate })).rejects.toThrow(TypeError);
      expect(seen).toEqual([]);
    },
  );

  test('of a number are refused if they may be rounded', async () => {
    const { ps, seen } = await start({});
    const receipt = { ...RECEIPT, Amount: (2 ** 53) as unknown as bigint };
    await expect(ps.transactions.receive(receipt)).rejects.toThrow(TypeError);
    expect(seen).toEqual([]);
  });
});

describe('a request', () => {
  test('has its headers', async () => {
    const { ps, seen } = await start({}, { apiKey: 'mlps_secret' });
    await ps.transactions.receive(RECEIPT, { correlationId: 'order-17' });
    expect(seen[0]?.headers).toMatchObject({
      authorization: 'Bearer mlps_secret',
      'content-type': 'application/json',
      'x-correlation-id': 'order-17',
    });
  });

  test('goes below the address of the API, and its parts are encoded', async () => {
    stub = await startStub([{ body: { payload: { Amount: '1', Currency: 'EUR' } } }]);
    const ps = new MyLittlePs({ url: `${stub.url}/stage/` });
    await ps.currencies.convert({ Amount: 1n, From: 'US/D', To: 'EUR' });
    expect(stub.seen[0]?.url).toBe('/stage/convert_amount/1/US%2FD/EUR');
    await expect(ps.holds.get('')).rejects.toThrow('holdId must be filled');
    await expect(ps.holds.get('..')).rejects.toThrow('holdId must be filled');
  });

  test('with a key that no header can have is the caller’s mistake', async () => {
    const { ps, seen } = await start({});
    await expect(ps.transactions.receive(RECEIPT, { idempotencyKey: 'a\nb' })).rejects.toThrow(TypeError);
    expect(seen).toEqual([]);
  });
});

test('the results of a batch are told apart', async () => {
  const results = [{ TransactionId: 'a' }, { error: 'no wallet with id: 7', code: 'wallet_not_found' }];
  const { ps, seen } = await start({ body: { payload: { Results: results } } });
  const read = await ps.transactions.batch([RECEIPT, { ...RECEIPT, WalletId: 8n }]);
  const ids = read.map((result) => ('code' in result ? result.code : result.TransactionId));
  expect(ids).toEqual(['a', 'wallet_not_found']);
  expect(JSON.parse(seen[0]?.body ?? '').Operations).toHaveLength(2);
});

test('linked transfers and an atomic batch are one transaction', async () => {
  const { ps, seen } = await start({ body: { payload: { TransactionId: 'a' } } });
  const move = { OriginWalletId: 1n, TargetWalletId: 2n, Amount: 9_007_199_254_740_993n, Currency: 'EUR' };
  expect(await ps.transactions.link({ Transfers: [move, move], Reference: 'order-17' })).toEqual({
    TransactionId: 'a',
  });
  expect(seen[0]?.url).toBe('/transaction');
  expect(seen[0]?.body).toContain('9007199254740993');
  const { TransactionId } = await ps.transactions.atomicBatch({ Operations: [RECEIPT, move] });
  expect(TransactionId).toBe('a');
  expect(JSON.parse(seen[1]?.body ?? '')).toMatchObject({ Atomic: true });
});

test('no log of a client shows its key', () => {
  const ps = new MyLittlePs({ url: 'http://127.0.0.1', apiKey: 'mlps_secret' });
  expect(inspect(ps, { depth: 10, showHidden: true }) + JSON.stringify(ps)).not.toContain('mlps_secret');
});

test.each(['ftp://host', 'host:3000', 'http://host/?a=1', ''])('%j is no address of an API', (url) => {
  expect(() => new MyLittlePs({ url })).toThrow(TypeError);
});
