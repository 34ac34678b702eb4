import { describe, expect, test } from 'vitest';
import { addUp } from '../../../lib/ledger/entries.ts';
import type { Sql } from '../../../lib/postgres/database.ts';
import { readEntries, readStoryLegs } from '../../../lib/story/legs.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { refused } from '../../support/system/refused.ts';
import { webhookSystem } from '../../support/webhooks/webhook-system.ts';

const UNKNOWN = '0197a1b2-c3d4-7e5f-8a6b-0123456789ab';

const { sql } = await testDatabase();
const system = webhookSystem(sql);
const { handlers } = system;
await system.setRates();
const [eur, usd, thb] = [await system.wallet('EUR'), await system.wallet('USD'), await system.wallet('THB')];

async function ask(transactionId: string): Promise<any> {
  const { status, payload, text } = await call(handlers.getStory, { path: { transactionId } });
  expect(status, text).toBe(200);
  return payload;
}

/** Records something and settles it. @returns the payload */
async function done(name: keyof typeof handlers, asked: object): Promise<any> {
  const { status, payload, text } = await call(handlers[name], asked);
  expect(status, text).toBe(200);
  await system.settleAll();
  return payload;
}

/** The entries of a transaction as the view has them, added up. */
const entriesOfView = async (transactionId: string) => [
  ...(await sql<object[]>`
    SELECT account AS "Account", CASE account WHEN 'wallet' THEN wallet_id END AS "WalletId", currency AS "Currency",
      sum(amount) AS "Amount"
    FROM ledger_entries WHERE transaction_id = ${transactionId}::uuid GROUP BY 1, 2, 3 HAVING sum(amount) <> 0`),
];

const inOrder = (entries: readonly object[]) =>
  entries.map((entry) => Object.values(entry).join(' ')).toSorted();

const fund = await done('receiveAmount', { body: { WalletId: eur, Amount: 200_000_000n, Currency: 'USD' } });

describe('the story of a transfer', async () => {
  const headers = { 'X-Correlation-Id': 'order-17' };
  const body = { OriginWalletId: eur, TargetWalletId: thb, Amount: 1_000_001n, Currency: 'USD' };
  const { TransactionId } = await done('transferAmount', { body, headers });
  const story = await ask(TransactionId);

  test('has the transaction as it is told, and the correlation id of its request', async () => {
    expect(story.Transaction).toEqual(await system.transaction(TransactionId));
    expect(story.CorrelationId).toBe('order-17');
  });

  test('has each leg with its rates, what rounding did, and the balances around it', () => {
    const [debit, credit] = story.Legs;
    expect(story.Legs).toHaveLength(2);
    // 1000001 / 1.093809, and 1000001 / 0.029758.
    expect(debit).toMatchObject({
      ...{ Leg: 'debit', Type: 'out', CurrencyRate: '1', WalletRate: '1.093809', EventId: null },
      ...{ WalletAmount: 914_238n, Exact: '914237.31199871275515195' },
      ...{ BalanceBefore: 182_847_279n, BalanceAfter: 181_933_041n },
    });
    expect(credit).toMatchObject({
      ...{ Leg: 'credit', Type: 'in', CurrencyRate: '1', WalletRate: '0.029758' },
      ...{ WalletAmount: 33_604_442n, BalanceBefore: 0n, BalanceAfter: 33_604_442n },
    });
    expect(credit.Exact).toBe('33604442.502856374756368035');
    const { Operations } = story.Transaction;
    expect(story.Legs).toMatchObject(Operations);
  });

  test('has the hashes of the journal', async () => {
    const hashes = await sql`
      SELECT encode(hash, 'hex') AS hash FROM operations WHERE transaction_id = ${TransactionId}::uuid ORDER BY id`;
    expect(story.Legs.map(({ Hash }: any) => Hash)).toEqual(hashes.map(({ hash }) => hash));
  });

  test('has the double entry by account and currency, each summing to zero', () => {
    expect(inOrder(story.Entries)).toEqual(
      [
        `wallet ${eur} EUR -914238`,
        'exchange  EUR 914238',
        'exchange  THB -33604442',
        `wallet ${thb} THB 33604442`,
      ].toSorted(),
    );
    expect(inOrder(story.Sums)).toEqual(['EUR 0', 'THB 0', 'USD 0']);
  });

  test('has nothing that does not belong to it', () => {
    expect(story).toMatchObject({ Refunds: [], RefundOf: null, Hold: null, Deliveries: [], IsCut: false });
  });

  test('that is not settled yet has its pending leg, and money in transit once the first is', async () => {
    const pending = (await call(handlers.transferAmount, { body })).payload.TransactionId;
    const before = await ask(pending);
    expect(before.Legs).toMatchObject([
      { Status: 'new', Hash: null, EventId: null, Exact: null, BalanceBefore: null, CurrencyRate: null },
    ]);
    expect([before.Entries, before.Sums]).toEqual([[], []]);
    await system.process([...system.queue.sent.splice(0, 1)]);
    const between = await ask(pending);
    expect(between.Legs.map(({ Status }: any) => Status)).toEqual(['success', 'new']);
    expect(inOrder(between.Entries)).toContain('transit  USD 1000001');
    await system.settleAll();
  });
});

describe('a story', () => {
  test('tells of refunds, and of what is refunded', async () => {
    const body = { OriginWalletId: eur, TargetWalletId: usd, Amount: 5_000_000n, Currency: 'USD' };
    const { TransactionId } = await done('transferAmount', { body });
    const refunds: string[] = [];
    for (const Amount of [1_000_000n, 2_000_000n])
      refunds.push((await done('refundTransaction', { body: { TransactionId, Amount } })).TransactionId);
    expect((await ask(TransactionId)).Refunds).toMatchObject([
      { TransactionId: refunds[0], Amount: 1_000_000n, Currency: 'USD', Status: 'success' },
      { TransactionId: refunds[1], Amount: 2_000_000n, Currency: 'USD', Status: 'success' },
    ]);
    expect(await ask(refunds[0] ?? '')).toMatchObject({ RefundOf: TransactionId, Refunds: [] });
  });

  test('tells of the hold that a transaction placed or captured', async () => {
    const { HoldId } = await done('holdAmount', { body: { WalletId: eur, Amount: 4_000_000n } });
    const placed = await ask(HoldId);
    expect(placed.Hold).toMatchObject({ HoldId, Status: 'active' });
    expect(placed.Transaction.Operations).toEqual([]);
    expect(placed.Legs).toMatchObject([{ Leg: 'hold', Type: null, EventId: expect.any(String) }]);
    expect(placed.Legs[0].BalanceBefore).toBe(placed.Legs[0].BalanceAfter);
    const asked = { path: { holdId: HoldId }, body: { TargetWalletId: usd, Amount: 3_000_000n } };
    const captured = await ask((await done('captureHold', asked)).TransactionId);
    expect(captured.Hold).toEqual((await call(handlers.showHold, { path: { holdId: HoldId } })).payload);
    expect(captured.Legs).toMatchObject([{ Leg: 'capture', Exact: null }, { Leg: 'credit' }]);
  });

  test('tells of the deliveries of its events', async () => {
    const { id } = await system.hook(() => 204, { EventTypes: ['TransactionSucceeded'] });
    const { TransactionId } = await done('receiveAmount', {
      body: { WalletId: usd, Amount: 7n, Currency: 'USD' },
    });
    await system.deliverAll();
    await system.work();
    const { Legs, Deliveries } = await ask(TransactionId);
    expect(Deliveries).toEqual([
      {
        ...{ WebhookId: id, MessageId: `event-${Legs[0].EventId}`, Type: 'TransactionSucceeded' },
        ...{ Status: 'delivered', Attempts: 1n, AttemptedAt: expect.any(String), AnswerStatus: 204n },
      },
    ]);
  });

  test('of what was declined has no entries, or those of money that came back', async () => {
    const poor = await done('transferAmount', {
      body: { OriginWalletId: thb, TargetWalletId: eur, Amount: 900_000_000_000n, Currency: 'USD' },
    });
    const declined = await ask(poor.TransactionId);
    expect(declined.Legs).toMatchObject([{ Status: 'decline', Exact: null, BalanceAfter: null }]);
    expect(declined.Entries).toEqual([]);
  });

  test('is refused if there is no such transaction', async () => {
    const asked = { path: { transactionId: UNKNOWN } };
    expect(await refused(sql, handlers.getStory, asked)).toEqual({
      ...{ status: 404, code: 'transaction_not_found', error: `no transaction with id: ${UNKNOWN}` },
    });
  });

  test('is found by its id in capital letters', async () => {
    const story = await ask(fund.TransactionId.toUpperCase());
    expect(story.Transaction.TransactionId).toBe(fund.TransactionId);
  });
});

describe('the entries of a story', () => {
  test('are those of the view of the ledger, for every kind of leg', async () => {
    await makeEveryLeg();
    const found = await sql<{ id: string; legs: string[] }[]>`
      SELECT transaction_id AS id, to_json(array_agg(leg::text || ' ' || status)) AS legs FROM operations GROUP BY 1`;
    const legs = new Set(found.flatMap((each) => each.legs));
    const [all] = await sql<{ legs: string[] }[]>`
      SELECT to_json(array_agg(leg || ' success')) AS legs FROM unnest(enum_range(NULL::operation_leg)) AS leg`;
    expect([...(all?.legs ?? []), 'credit decline'].filter((leg) => !legs.has(leg))).toEqual([
      'expiry success',
    ]);
    for (const { id } of found) {
      const entries = addUp(await readEntries(sql as Sql, await readStoryLegs(sql as Sql, id)));
      expect(inOrder(entries)).toEqual(inOrder(await entriesOfView(id)));
    }
  });
});

/** Makes what has the legs that the tests above did not make. */
async function makeEveryLeg(): Promise<void> {
  const out = { WalletId: eur, Amount: 1_000_000n, Currency: 'USD' };
  await done('sendAmount', { body: out });
  for (const name of ['confirmPayout', 'cancelPayout'] as const) {
    const { TransactionId } = await done('sendAmount', { body: { ...out, Confirm: true } });
    await done(name, { path: { transactionId: TransactionId } });
  }
  const { HoldId: released } = await done('holdAmount', { body: { WalletId: eur, Amount: 1_000_000n } });
  await done('releaseHold', { path: { holdId: released } });
  const { HoldId: parted } = await done('holdAmount', { body: { WalletId: eur, Amount: 3_000_000n } });
  const part = { TargetWalletId: usd, Amount: 1_000_000n, Final: false };
  await done('captureHold', { path: { holdId: parted }, body: part });
  const between = { OriginWalletId: eur, TargetWalletId: thb, Amount: 1_000_000n, Currency: 'EUR' };
  await done('acceptOperations', { body: { Operations: [between, out], Atomic: true } });
  const receipt = { WalletId: thb, Amount: 1_000_000n, Currency: 'EUR' };
  const { TransactionId } = await done('acceptOperations', {
    body: { Operations: [receipt, { ...between, Amount: 5n }], Atomic: true },
  });
  await done('refundTransaction', { body: { TransactionId } });
  await call(handlers.freezeWallet, { path: { walletId: String(usd) }, body: { Direction: 'in' } });
  await done('transferAmount', { body: { ...between, TargetWalletId: usd } });
}
