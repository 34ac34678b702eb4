import { describe, expect, test } from 'vitest';
import { relayOnce } from '../../../lib/settle/relay.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { refused } from '../../support/system/refused.ts';
import { testSystem } from '../../support/system/system.ts';

/** Names and texts that any part in between could take for something else. */
const ODD = {
  shop: 'north, "by the door"',
  Amount: '12',
  WalletId: '7',
  __proto__x: 'x',
  constructor: '',
  'line\nend': 'a\nb\r\n"c"',
  ünïcødé: '😀',
};

const GIVEN = { Reference: 'order, 17', Description: 'Two "lines"\nof text', Metadata: ODD };

describe('what a caller gave a transaction', async () => {
  const { sql } = await testDatabase();
  const system = testSystem(sql);
  const { handlers, bus } = system;
  await system.setRates();
  const [a, b] = [await system.wallet('USD'), await system.wallet('EUR')];
  await system.receive(a, 1_000n, 'USD');
  await system.settleAll();
  const path = (walletId: bigint) => ({ path: { walletId: walletId.toString() } });
  const body = { OriginWalletId: a, TargetWalletId: b, Amount: 5n, Currency: 'EUR', ...GIVEN };
  const id = (await call(handlers.transferAmount, { body })).payload.TransactionId;
  const listed = async (wallet: bigint) =>
    (await call(handlers.listOperations, path(wallet))).payload.Operations.at(-1);

  test('is in its transaction, in lists of both wallets and in its event, pending and settled', async () => {
    expect(await system.transaction(id)).toMatchObject({ Status: 'new', ...GIVEN });
    expect(await listed(a)).toMatchObject({ Status: 'new', ...GIVEN });
    await system.settleAll();
    const transaction = await system.transaction(id);
    expect(transaction).toMatchObject({ Status: 'success', ...GIVEN });
    expect(Object.keys(transaction.Metadata)).toEqual(Object.keys(ODD));
    for (const wallet of [a, b]) expect(await listed(wallet)).toMatchObject({ TransactionId: id, ...GIVEN });
    const event = bus.events.find(({ detail }) => detail['TransactionId'] === id);
    expect(event).toMatchObject({ type: 'TransactionSucceeded', detail: GIVEN });
    expect(Object.keys(event?.detail['Metadata'] as object)).toEqual(Object.keys(ODD));
  });

  test('is the same if amounts and ids are preferred as text', async () => {
    const headers = { Prefer: 'amounts=string' };
    const Reference = 'as-text';
    const fields = { WalletId: a.toString(), Amount: '5', Currency: 'USD', Metadata: ODD, Reference };
    const { payload } = await call(handlers.receiveAmount, { body: fields, headers });
    const asked = { path: { transactionId: payload.TransactionId }, headers };
    expect((await call(handlers.getTransaction, asked)).payload).toMatchObject({ Reference, Metadata: ODD });
  });

  test('is told from the journal, too, and only what was given', async () => {
    bus.isDown = true;
    const Description = 'alone';
    const fields = { WalletId: a, Amount: 5n, Currency: 'USD', Description };
    const { payload } = await call(handlers.receiveAmount, { body: fields });
    await system.settleAll();
    bus.isDown = false;
    await relayOnce(system, 0);
    const events = bus.events.filter(({ detail }) => detail['TransactionId'] === payload.TransactionId);
    expect(events.map(({ detail }) => [detail['Description'], 'Metadata' in detail])).toEqual([
      [Description, false],
    ]);
    const transaction = await system.transaction(payload.TransactionId);
    expect(transaction).toMatchObject({ Description });
    expect(transaction).not.toHaveProperty('Reference');
    expect(transaction).not.toHaveProperty('Metadata');
  });

  test('goes on to the credit and the return of a transfer, and not to a refund', async () => {
    const { payload } = await call(handlers.transferAmount, {
      body: { OriginWalletId: a, TargetWalletId: b, Amount: 103n, Currency: 'RUB', Description: 'returned' },
    });
    await system.settleAll();
    const legs = await sql`
      SELECT leg, has_details FROM legs WHERE transaction_id = ${payload.TransactionId}::uuid ORDER BY id`;
    expect(legs).toEqual(['debit', 'credit', 'return'].map((leg) => ({ leg, has_details: true })));
    const given = { TransactionId: id, Amount: 1n, Description: 'a refund' };
    const refund = (await call(handlers.refundTransaction, { body: given })).payload.TransactionId;
    const plain = (await call(handlers.refundTransaction, { body: { TransactionId: id, Amount: 1n } }))
      .payload;
    await system.settleAll();
    expect(await system.transaction(refund)).toMatchObject({ Description: 'a refund', RefundOf: id });
    expect(await system.transaction(refund)).not.toHaveProperty('Metadata');
    expect(await system.transaction(plain.TransactionId)).not.toHaveProperty('Description');
  });

  test('ends the lines of a file with all columns, in quotes', async () => {
    const file = async (columns: string) =>
      (await call(handlers.downloadOperations, { ...path(b), query: { columns } })).text;
    const all = await file('all');
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    const { Reference, Description, Metadata } = GIVEN;
    const cells = [Reference, Description, JSON.stringify(Metadata)].map(quoted).join(',');
    expect(all).toContain(`,${cells}\n`);
    expect(await file('short')).not.toContain(Reference);
    expect(all.split('\n').at(-2)).toMatch(/,,,$|"$/);
  });

  test('is told with holds: what the hold was given, of its own events alone', async () => {
    await system.receive(a, 1_000n, 'USD');
    await system.settleAll();
    const hold = { WalletId: a, Amount: 5n, Reference: 'booking-1' };
    const { HoldId } = (await call(handlers.holdAmount, { body: hold })).payload;
    await system.settleAll();
    await call(handlers.releaseHold, { path: { holdId: HoldId }, body: {} });
    await system.settleAll();
    const events = bus.events.filter(({ detail }) => detail['HoldId'] === HoldId);
    expect(events.map(({ detail }) => [detail['Status'], detail['Reference']])).toEqual([
      ['active', 'booking-1'],
      ['released', undefined],
    ]);
    expect(await system.transaction(HoldId)).toMatchObject({ Reference: 'booking-1' });
  });

  test('makes a page shorter that would be too long, of which Limit and Next tell', async () => {
    const wallet = await system.wallet('USD');
    const Metadata = Object.fromEntries(Array.from({ length: 4 }, (_, n) => [`n${n}`, 'x'.repeat(1_000)]));
    const receipt = (n: number) => ({ WalletId: wallet, Amount: BigInt(n + 1), Currency: 'USD', Metadata });
    for (let first = 0; first < 300; first += 150) {
      const Operations = Array.from({ length: 150 }, (_, n) => receipt(first + n));
      expect((await call(handlers.acceptOperations, { body: { Operations } })).status).toBe(200);
    }
    await system.settleAll();
    const seen: bigint[] = [];
    let query: Record<string, string> = {};
    for (let pages = 0; pages < 10; pages++) {
      const { payload, text } = await call(handlers.listOperations, { ...path(wallet), query });
      expect(text.length).toBeLessThan(2_000_000);
      seen.push(...payload.Operations.map(({ Amount }: { Amount: bigint }) => Amount));
      if (payload.Operations.length < payload.Limit) break;
      query = { after: payload.Next };
    }
    expect(seen).toEqual(Array.from({ length: 300 }, (_, n) => BigInt(n + 1)));
  });

  test.each([
    [{ Reference: '' }, 'Reference must not be empty: leave it out'],
    [{ Reference: null }, 'Reference must be a string, not null'],
    [{ Reference: 'x'.repeat(256) }, 'Reference must have at most 255 characters, not 256'],
    [{ Description: 'x'.repeat(501) }, 'Description must have at most 500 characters, not 501'],
    [{ Description: 'a\0b' }, 'Description must be valid Unicode without NUL'],
    [{ Metadata: 'x' }, 'Metadata must be an object of texts by name, not "x"'],
    [{ Metadata: {} }, 'Metadata must have at least one name: leave it out'],
    [{ Metadata: { a: 1 } }, 'Metadata has 1 for "a": values are strings'],
    [{ Metadata: { '': 'x' } }, 'Metadata has the name "": a name is 1 to 64 characters, without NUL'],
    [
      { Metadata: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`n${n}`, ''])) },
      'Metadata must have at most 20 names, not 21',
    ],
    [{ Metadata: { a: 'x'.repeat(4_096) } }, 'Metadata must have at most 4096 bytes as JSON, not 4104'],
  ])('is refused with a sentence that says what is right, case %#', async (wrong, error) => {
    const fields = { WalletId: a, Amount: 5n, Currency: 'USD', ...wrong };
    const answer = await refused(sql, handlers.receiveAmount, { body: fields });
    expect(answer).toMatchObject({ status: 400, code: 'invalid_field', error });
  });

  test('may be as long as it may', async () => {
    const Metadata = { ['😀'.repeat(64)]: 'x'.repeat(4_096 - 256 - 7) };
    const given = { Reference: '😀'.repeat(255), Description: 'é'.repeat(500), Metadata };
    const fields = { WalletId: a, Amount: 5n, Currency: 'USD', ...given };
    const { payload, status } = await call(handlers.receiveAmount, { body: fields });
    expect(status).toBe(200);
    expect(await system.transaction(payload.TransactionId)).toMatchObject(given);
  });
});
