import { describe, expect, test } from 'vitest';
import { readEvent } from '../../../lib/messaging/event-schemas.ts';
import { MAX } from '../../support/constants.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { testSystem } from '../../support/system/system.ts';

/** The first whole number that a float can't hold. */
const ODD = 9_007_199_254_740_993n;

describe('an amount', async () => {
  const { sql } = await testDatabase();
  const system = testSystem(sql);
  const { handlers } = system;
  await system.setRates();
  await system.wallet('USD');

  test.each([ODD, MAX])(
    'of %d comes through every request and back with each digit, as a JSON number',
    async (amount) => {
      const [origin, target] = [await system.wallet('USD'), await system.wallet('USD')];
      const text = `{"WalletId": ${origin}, "Amount": ${amount}, "Currency": "USD"}`;
      const receipt = (await call(handlers.receiveAmount, { text })).payload.TransactionId;
      await system.settleAll();
      const path = { walletId: String(origin) };
      expect((await call(handlers.getWallet, { path })).text).toContain(`"Balance":${amount},`);
      expect(
        (await call(handlers.listWallets, { query: { after: String(origin - 1n), limit: '1' } })).text,
      ).toContain(`"Balance":${amount},`);

      const body = {
        OriginWalletId: origin,
        TargetWalletId: target,
        Amount: amount.toString(),
        Currency: 'USD',
      };
      const transfer = (await call(handlers.transferAmount, { body })).payload.TransactionId;
      await system.settleAll();
      for (const transactionId of [receipt, transfer]) {
        const reply = await call(handlers.getTransaction, { path: { transactionId } });
        expect(reply.text).toContain(`"Amount":${amount},`);
        expect(reply.text).toContain(`"WalletAmount":${amount},`);
      }
      expect(await system.balance(target)).toBe(amount);

      const operations = await call(handlers.listOperations, { path });
      expect(operations.text.split(`"Amount":${amount},`)).toHaveLength(3);
      expect(operations.text).toContain(`"BalanceAfter":${amount},`);
      const csv = (await call(handlers.downloadOperations, { path })).text;
      expect(csv).toContain(`\nin,${amount},USD,`);
      expect(csv).toContain(`\nout,${amount},USD,`);
      expect((await call(handlers.totalOperations, { path })).text).toContain(
        `"AmountIn":${amount},"AmountOut":${amount}}`,
      );
      const conversion = { amount: amount.toString(), from: 'USD', to: 'USD' };
      expect((await call(handlers.getConversion, { path: conversion })).text).toContain(
        `"Amount":${amount},`,
      );
    },
  );

  test('of an id beyond 2^53 comes back with each digit, too', async () => {
    await sql`
      INSERT INTO wallets (id, name, country, city, currency, wallet_group) VALUES (${ODD}, 'n', 'c', 'c', 'USD', 1)`;
    expect((await call(handlers.getWallet, { path: { walletId: String(ODD) } })).text).toContain(
      `"WalletID":${ODD},`,
    );
    const [before] = (await call(handlers.listWallets, { query: { after: String(ODD - 1n) } })).payload
      .Wallets;
    expect(before.WalletID).toBe(ODD);
    const id = await system.receive(ODD, 5n, 'USD');
    expect((await system.transaction(id)).Operations).toMatchObject([{ WalletId: ODD }]);
    await system.settleAll();
    expect(await system.balance(ODD)).toBe(5n);
  });
});

describe('GET /transaction/{transactionId}', async () => {
  const { sql } = await testDatabase();
  const system = testSystem(sql);
  await system.setRates();
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);

  const funded = async (amount: bigint) => {
    const wallet = await system.wallet('USD');
    await system.receive(wallet, amount, 'USD');
    await system.settleAll();
    return wallet;
  };
  /** Delivers only what has been sent until now. */
  const settleOnce = async () => await system.process(system.queue.sent.splice(0, 10));

  test('follows a receipt from new to success', async () => {
    const wallet = await system.wallet('EUR');
    const TransactionId = await system.receive(wallet, 200_000_000n, 'USD');
    const pending = { Type: 'in', Amount: 200_000_000n, Currency: 'USD', Status: 'new', Reason: null };
    const reply = await system.transaction(TransactionId);
    expect(Object.keys(reply)).toEqual([
      'TransactionId',
      'Status',
      'Reason',
      'Available',
      'FreeAt',
      'Operations',
      'CreatedAt',
      'ProcessedAt',
    ]);
    expect(reply).toMatchObject({
      TransactionId,
      Status: 'new',
      Reason: null,
      Operations: [pending],
      ProcessedAt: null,
    });
    await system.settleAll();
    expect(await system.transaction(TransactionId)).toMatchObject({
      Status: 'success',
      Operations: [{ ...pending, Status: 'success', WalletAmount: 182_847_279n, ProcessedAt: time }],
      ProcessedAt: time,
    });
  });

  test('follows a transfer from new through processing to success', async () => {
    const [origin, target] = [await funded(2_000_000n), await system.wallet('THB')];
    const id = await system.transfer(origin, target, 1_000_000n, 'EUR');
    expect(await system.transaction(id)).toMatchObject({ Status: 'new', ProcessedAt: null });
    await settleOnce();
    expect(await system.transaction(id)).toMatchObject({
      Status: 'processing',
      Reason: null,
      Operations: [
        {
          Type: 'out',
          Status: 'success',
          WalletId: origin,
          CounterpartyId: target,
          WalletAmount: 1_093_809n,
        },
        {
          Type: 'in',
          Status: 'new',
          WalletId: target,
          CounterpartyId: origin,
          Amount: 1_000_000n,
          Currency: 'EUR',
        },
      ],
      ProcessedAt: null,
    });
    await settleOnce();
    expect(await system.transaction(id)).toMatchObject({
      Status: 'success',
      Reason: null,
      ProcessedAt: time,
    });
    expect(await system.balance(target)).toBe(36_756_804n);
  });

  test('follows a transfer that the target cannot take until its money is back', async () => {
    const [origin, target] = [await funded(2_000_000n), await funded(MAX)];
    const id = await system.transfer(origin, target, 1_000_000n, 'EUR');
    await settleOnce();
    await settleOnce();
    expect(await system.transaction(id)).toMatchObject({ Status: 'processing', ProcessedAt: null });
    expect(await system.balance(origin)).toBe(906_191n);
    await settleOnce();
    expect(await system.transaction(id)).toMatchObject({
      Status: 'decline',
      Reason: 'balance_limit',
      Operations: [
        { Type: 'out', Status: 'success', Reason: null },
        { Type: 'in', Status: 'decline', Reason: 'balance_limit', WalletId: target },
        { Type: 'in', Status: 'success', WalletId: origin, Amount: 1_093_809n, Currency: 'USD' },
      ],
      ProcessedAt: time,
    });
    expect(await system.balance(origin)).toBe(2_000_000n);
  });

  test('gives the reason of each decline', async () => {
    const [origin, target] = [await funded(5n), await system.wallet('EUR')];
    const insufficient = await system.transfer(origin, target, 6n, 'USD');
    const nothing = await system.receive(target, 1n, 'RUB');
    const dust = await system.transfer(origin, target, 1n, 'RUB');
    // Over a millionth of a dollar, and less than one of a euro.
    const back = await system.transfer(origin, target, 103n, 'RUB');
    const withdrawn = await system.receive(origin, 1n, 'THB');
    await sql`UPDATE currencies SET withdrawn_at = now() WHERE name = 'THB'`;
    await system.settleAll();
    await system.setRates();
    const reasons = [];
    for (const id of [insufficient, nothing, dust, back, withdrawn]) {
      const { Status, Reason } = await system.transaction(id);
      reasons.push([Status, Reason]);
    }
    expect(reasons).toEqual([
      ['decline', 'insufficient_funds'],
      ['decline', 'amount_too_small'],
      ['decline', 'amount_too_small'],
      ['decline', 'amount_too_small'],
      ['decline', 'currency_not_allowed'],
    ]);
    expect((await system.transaction(dust)).Operations).toHaveLength(1);
    expect((await system.transaction(back)).Operations).toHaveLength(3);
    expect(await system.balance(origin)).toBe(5n);
  });

  test('is told of in one event for each transaction that ended, with the amount as the caller named it', async () => {
    const [origin, target, full] = [await funded(3_000_000n), await system.wallet('EUR'), await funded(MAX)];
    system.bus.events.splice(0);
    const ids = [
      await system.transfer(origin, target, 1_000_000n, 'EUR'),
      await system.transfer(origin, full, 1_000_000n, 'EUR'),
      await system.transfer(origin, target, MAX, 'EUR'),
    ];
    await system.settleAll();
    const told = system.bus.events.map(({ type, detail }) =>
      readEvent({ source: 'my-little-ps', 'detail-type': type, detail: JSON.parse(JSON.stringify(detail)) }),
    );
    const named = { Kind: 'transfer', Amount: '1000000', Currency: 'EUR', OriginWalletId: String(origin) };
    const TargetWalletId = String(target);
    const ofTransaction = (id: string) =>
      told.filter(({ detail }) => 'TransactionId' in detail && detail.TransactionId === id);
    expect(told).toHaveLength(3);
    expect(ids.map(ofTransaction)).toMatchObject([
      [{ type: 'TransactionSucceeded', detail: { ...named, TargetWalletId, WalletAmount: '1000000' } }],
      [
        {
          type: 'TransactionDeclined',
          detail: { ...named, TargetWalletId: String(full), Reason: 'balance_limit' },
        },
      ],
      [
        {
          type: 'TransactionDeclined',
          detail: { ...named, Amount: String(MAX), Reason: 'insufficient_funds' },
        },
      ],
    ]);
  });

  test('is told of an event for every new wallet, which a subscriber can read', async () => {
    system.bus.events.splice(0);
    const wallet = await system.wallet('EUR');
    const [{ type, detail } = { type: undefined, detail: undefined }] = system.bus.events;
    const event = readEvent({ source: 'my-little-ps', 'detail-type': type, detail });
    expect(event).toMatchObject({
      type: 'WalletCreated',
      detail: { WalletId: String(wallet), Name: 'Jon Snow' },
    });
  });
});
