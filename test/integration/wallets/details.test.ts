import { describe, expect, test } from 'vitest';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { contents } from '../../support/system/refused.ts';
import { testSystem } from '../../support/system/system.ts';

const SNOW = { Name: 'Jon Snow', Country: 'UK', City: 'London', Currency: 'USD' };

describe('what a caller gave a wallet', async () => {
  const { sql, open } = await testDatabase();
  const system = testSystem(sql);
  const { handlers, bus } = system;
  await system.setRates();
  const create = (fields: object) => call(handlers.createWallet, { body: { ...SNOW, ...fields } });
  const read = async (id: bigint) =>
    (await call(handlers.getWallet, { path: { walletId: id.toString() } })).payload;

  test('is in the wallet, in lists and in its event', async () => {
    const given = {
      ...{ OwnerId: 'customer 17', Reference: 'w-1', Description: 'for "travel"' },
      Metadata: { z: '1', a: 'x,y' },
    };
    const { payload } = await create(given);
    const wallet = await read(payload.WalletID);
    expect(wallet).toMatchObject({ ...SNOW, ...given });
    expect(Object.keys(wallet.Metadata)).toEqual(['z', 'a']);
    const { Wallets } = (await call(handlers.listWallets, {})).payload;
    expect(Wallets.at(-1)).toEqual(wallet);
    expect(bus.events.at(-1)).toMatchObject({ type: 'WalletCreated', detail: { ...SNOW, ...given } });
  });

  test('is missing where nothing was given', async () => {
    const wallet = await read((await create({})).payload.WalletID);
    for (const name of ['OwnerId', 'Reference', 'Description', 'Metadata'])
      expect(wallet).not.toHaveProperty(name);
    expect(bus.events.at(-1)?.detail).not.toHaveProperty('OwnerId');
  });

  test('has an OwnerId that many wallets may have, and a Reference that one has', async () => {
    const OwnerId = 'customer 18';
    const [usd, eur] = [
      await create({ OwnerId, Reference: 'w-2' }),
      await create({ OwnerId, Currency: 'EUR' }),
    ];
    expect([usd.status, eur.status]).toEqual([200, 200]);
    const before = await contents(sql);
    const again = await create({ OwnerId, Reference: 'w-2' });
    const { WalletID } = usd.payload;
    const error = `Reference was given before, to the wallet ${WalletID}: give another one, or leave it out`;
    expect([again.status, again.payload]).toEqual([
      409,
      { error, code: 'reference_taken', FirstWalletId: WalletID },
    ]);
    expect(await contents(sql)).toEqual(before);
  });

  test('is one wallet of many at once with one Reference', async () => {
    const pool = testSystem(open(8));
    const attempts = Array.from({ length: 30 }, () =>
      call(pool.handlers.createWallet, { body: { ...SNOW, Reference: 'w-race' } }),
    );
    const replies = await Promise.all(attempts);
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(replies.every(({ status }) => status === 200 || status === 409)).toBe(true);
    expect(new Set(replies.map(({ payload }) => payload.WalletID ?? payload.FirstWalletId)).size).toBe(1);
  });
});
