import { beforeAll, describe, expect, test } from 'vitest';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { testSystem } from '../../support/system/system.ts';

describe('the examples of the contract', async () => {
  const { sql } = await testDatabase();
  const system = testSystem(sql);

  beforeAll(() => system.setRates());

  test('200 USD into a EUR wallet adds 182847279', async () => {
    const wallet = await system.wallet('EUR');
    const id = await system.receive(wallet, 200_000_000n, 'USD');
    await system.settleAll();
    expect(await system.balance(wallet)).toBe(182_847_279n);
    expect(await system.transaction(id)).toMatchObject({
      TransactionId: id,
      Status: 'success',
      Reason: null,
    });
  });

  test('convert_amount rounds down', async () => {
    const { getConversion } = system.handlers;
    const eur = await call(getConversion, { path: { amount: '1000000', from: 'EUR', to: 'THB' } });
    expect(eur.payload).toEqual({ Amount: 36_756_804n, Currency: 'THB' });
    const thb = await call(getConversion, { path: { amount: '1000000', from: 'THB', to: 'RUB' } });
    expect(thb.payload).toEqual({ Amount: 3_035_601n, Currency: 'RUB' });
    const usd = await call(getConversion, { path: { amount: '200000000', from: 'USD', to: 'EUR' } });
    expect(usd.payload).toEqual({ Amount: 182_847_279n, Currency: 'EUR' });
  });

  test('one EUR sent from a USD wallet takes 1093809', async () => {
    const [usd, eur] = [await system.wallet('USD'), await system.wallet('EUR')];
    await system.receive(usd, 2_000_000n, 'USD');
    const id = await system.transfer(usd, eur, 1_000_000n, 'EUR');
    await system.settleAll();
    expect(await system.balance(usd)).toBe(2_000_000n - 1_093_809n);
    expect(await system.balance(eur)).toBe(1_000_000n);
    const { Status, Operations } = await system.transaction(id);
    expect(Status).toBe('success');
    expect(Operations).toMatchObject([
      { Type: 'out', Amount: 1_000_000n, Currency: 'EUR', WalletAmount: 1_093_809n },
      { Type: 'in', Amount: 1_000_000n, Currency: 'EUR', WalletAmount: 1_000_000n },
    ]);
  });
});
