import { afterEach, describe, expect, expectTypeOf, test } from 'vitest';
import type { Transaction } from '../../../client/generated/api.ts';
import { MyLittlePs } from '../../../client/src/client.ts';
import { TimeoutError, UnavailableError } from '../../../client/src/errors.ts';
import { hasEnded } from '../../../client/src/wait.ts';
import { type StubReply, type StubServer, startStub } from '../../support/client/stub-server.ts';

const RECEIPT = { WalletId: 7n, Amount: 5n, Currency: 'USD' };

let stub: StubServer | undefined;
afterEach(async () => {
  await stub?.stop();
  stub = undefined;
});

const transaction = (Status: string): StubReply => ({
  body: {
    payload: {
      ...{ TransactionId: 'a', Status, Reason: null, CreatedAt: 'c', ProcessedAt: null },
      Operations: [{ WalletAmount: '9007199254740993' }],
    },
  },
});

async function start(replies: readonly StubReply[]) {
  stub = await startStub(replies);
  return { ps: new MyLittlePs({ url: stub.url }), seen: stub.seen };
}

describe('waitFor', () => {
  test.each(['success', 'decline'])('looks until the transaction ends in %s', async (status) => {
    const { ps, seen } = await start([transaction('new'), transaction('processing'), transaction(status)]);
    const startedMs = performance.now();
    const ended = await ps.transactions.waitFor('a');
    expectTypeOf(ended).toEqualTypeOf<Transaction>();
    expect([ended.Status, ended.Operations[0]?.WalletAmount, seen.length]).toEqual([
      status,
      9007199254740993n,
      3,
    ]);
    // 50, 75 and 112 ms, each a millisecond early at most.
    expect(performance.now() - startedMs).toBeGreaterThan(230);
    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual(Array(3).fill('GET /transaction/a'));
  });

  test('throws when its time is over, and says how the transaction stands', async () => {
    const { ps } = await start([transaction('processing')]);
    const waiting = ps.transactions.waitFor('a', { timeoutMs: 200 });
    await expect(waiting).rejects.toThrow('transaction a is processing after 200 ms');
    await expect(waiting).rejects.toThrow(TimeoutError);
  });

  test('throws when its time is over while the system hangs', async () => {
    const { ps } = await start(['hang']);
    const waiting = ps.transactions.waitFor('a', { timeoutMs: 200 });
    await expect(waiting).rejects.toThrow('transaction a is unknown after 200 ms');
  });

  test('ends with the reason of its signal', async () => {
    const { ps } = await start([transaction('new')]);
    const reason = new Error('the page was left');
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 120);
    await expect(ps.transactions.waitFor('a', { signal: controller.signal })).rejects.toBe(reason);
  });

  test('refuses what the system refuses', async () => {
    const body = { payload: { error: 'no transaction with id: a', code: 'transaction_not_found' } };
    const { ps } = await start([{ status: 404, body }]);
    await expect(ps.transactions.waitFor('a')).rejects.toMatchObject({ code: 'transaction_not_found' });
  });
});

describe('a POST with wait', () => {
  test('has the server wait, and its reply says what became of it', async () => {
    const { ps, seen } = await start([transaction('success')]);
    const ended = await ps.transactions.receive(RECEIPT, { wait: 5 });
    expectTypeOf(ended.Status).toEqualTypeOf<Transaction['Status']>();
    expect([ended.TransactionId, ended.Status]).toEqual(['a', 'success']);
    expect(seen.map(({ headers }) => headers['prefer'])).toEqual(['amounts=string, wait=5']);
  });

  test('looks by itself if the server can not wait', async () => {
    const { ps, seen } = await start([
      { body: { payload: { TransactionId: 'a' } } },
      transaction('new'),
      transaction('success'),
    ]);
    expect(await ps.transactions.receive(RECEIPT, { wait: 5 })).toMatchObject({
      TransactionId: 'a',
      Status: 'success',
    });
    expect(seen.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET']);
  });

  test('gives what it knows when the seconds are over', async () => {
    const { ps, seen } = await start([{ body: { payload: { HoldId: 'a' } } }, transaction('new')]);
    const hold = await ps.holds.create({ WalletId: 7n, Amount: 5n }, { wait: 0 });
    expect([hold.HoldId, hold.Status, hasEnded(hold)]).toEqual(['a', 'new', false]);
    expect(seen.map(({ url }) => url)).toEqual(['/hold', '/transaction/a']);
  });

  test('that was accepted is never refused, though nobody can look: its error has its key', async () => {
    const body = { payload: { error: 'the key lacks wallets:read', code: 'forbidden' } };
    const { ps, seen } = await start([{ body: { payload: { TransactionId: 'a' } } }, { status: 403, body }]);
    const error = await ps.transactions.receive(RECEIPT, { wait: 5 }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error).toMatchObject({
      message: "POST /receive_amount: a was accepted, and how it stands can't be read",
      idempotencyKey: seen[0]?.headers['idempotency-key'],
      cause: { code: 'forbidden' },
    });
  });

  test('ends by itself within the time limit, too, if the server can not wait', async () => {
    const { ps } = await start([{ body: { payload: { TransactionId: 'a' } } }, transaction('new')]);
    const startedMs = performance.now();
    const paid = await ps.transactions.receive(RECEIPT, { wait: 20, timeoutMs: 400 });
    expect([paid.TransactionId, paid.Status]).toEqual(['a', 'new']);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });

  test('throws within the time limit if the system hangs once the payment is accepted', async () => {
    const { ps, seen } = await start([{ body: { payload: { TransactionId: 'a' } } }, 'hang']);
    const startedMs = performance.now();
    const options = { wait: 20, timeoutMs: 400 };
    const error = await ps.transactions.receive(RECEIPT, options).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error).toMatchObject({
      idempotencyKey: seen[0]?.headers['idempotency-key'],
      cause: expect.any(TimeoutError),
    });
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });

  test.each([-1, 21, 0.5, Number.NaN])('of %d seconds is refused', async (wait) => {
    const { ps, seen } = await start([]);
    await expect(ps.transactions.receive(RECEIPT, { wait })).rejects.toThrow(RangeError);
    expect(seen).toEqual([]);
  });

  test('takes no Status for granted without it', async () => {
    const { ps } = await start([{ body: { payload: { TransactionId: 'a' } } }]);
    const accepted = await ps.transactions.receive(RECEIPT);
    expectTypeOf(accepted).toEqualTypeOf<{ TransactionId: string }>();
    expect(accepted).toEqual({ TransactionId: 'a' });
  });
});
