import { beforeAll, describe, expect, test } from 'vitest';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { refused } from '../../support/system/refused.ts';
import { testSystem } from '../../support/system/system.ts';

type Query = Readonly<Record<string, string>>;

describe('GET /wallets with filters', async () => {
  const { sql, open } = await testDatabase();
  const system = testSystem(sql);
  const { handlers } = system;

  const create = async (given: object = {}): Promise<bigint> => {
    const body = { Name: 'Holder', Country: 'UK', City: 'London', Currency: 'USD', ...given };
    const { status, payload, text } = await call(handlers.createWallet, { body });
    expect(status, text).toBe(200);
    return payload.WalletID;
  };

  async function page(query: Query): Promise<any> {
    const { status, payload, text } = await call(handlers.listWallets, { query });
    expect(status, text).toBe(200);
    return payload;
  }

  /** The ids of all pages. */
  async function whole(query: Query): Promise<bigint[]> {
    const ids: bigint[] = [];
    let next: Query = {};
    for (;;) {
      const { Wallets, Next } = await page({ ...query, ...next });
      ids.push(...Wallets.map(({ WalletID }: any) => WalletID as bigint));
      if (Next === null) return ids;
      next = { after: String(Next) };
    }
  }

  const of: Record<string, bigint[]> = { one: [], two: [], none: [] };

  beforeAll(async () => {
    await system.setRates();
    for (let n = 0; n < 6; n++) {
      const Metadata = { tier: n % 2 === 0 ? 'gold' : 'basic', number: String(n) };
      of['one']?.push(await create({ OwnerId: 'one', Metadata, Currency: n < 3 ? 'EUR' : 'USD' }));
      of['two']?.push(await create({ OwnerId: 'two', Metadata: { gold: 'tier' } }));
      of['none']?.push(await create(n === 0 ? { Reference: 'the first' } : {}));
    }
  });

  const one = (...indices: number[]) => indices.map((index) => of['one']?.[index]);

  test.each(['1', '2', '100'])(
    'finds them by owner, reference and metadata, in pages of %s',
    async (limit) => {
      expect(await whole({ limit, owner: 'one' })).toEqual(of['one']);
      expect(await whole({ limit, owner: 'nobody' })).toEqual([]);
      expect(await whole({ limit, reference: 'the first' })).toEqual(of['none']?.slice(0, 1));
      const gold = { limit, metadataName: 'tier', metadataValue: 'gold' };
      expect(await whole(gold)).toEqual(one(0, 2, 4));
      expect(await whole({ ...gold, owner: 'two' })).toEqual([]);
      expect(await whole({ ...gold, owner: 'one', currency: 'EUR' })).toEqual(one(0, 2));
      expect(await whole({ limit, reference: 'the first', owner: 'one' })).toEqual([]);
    },
  );

  test('finds them by state and currency, and tells each as GET /wallet does', async () => {
    const path = { walletId: String(of['one']?.[5]) };
    await call(handlers.freezeWallet, { path, body: { Direction: 'in' } });
    await call(handlers.closeWallet, { path: { walletId: String(of['two']?.[5]) }, body: {} });
    expect(await whole({ status: 'frozen' })).toEqual(one(5));
    expect(await whole({ status: 'closed', currency: 'USD' })).toEqual(of['two']?.slice(5));
    expect(await whole({ status: 'active', owner: 'one' })).toEqual(one(0, 1, 2, 3, 4));
    expect(await whole({ currency: 'EUR' })).toEqual(one(0, 1, 2));
    const [found] = (await page({ status: 'frozen' })).Wallets;
    expect(found).toEqual((await call(handlers.getWallet, { path })).payload);
  });

  test('looks at a bounded number of them for a page, and goes on from there', async () => {
    await sql`
      INSERT INTO wallets (name, country, city, currency, wallet_group, created_at)
      SELECT 'w', 'UK', 'London', 'USD', 1, now() - interval '1 day' FROM generate_series(1, 1100)`;
    const rare = await create({ Currency: 'THB' });
    const first = await page({ currency: 'THB' });
    expect(first.Wallets).toEqual([]);
    expect(first.Next).not.toBeNull();
    expect(await whole({ currency: 'THB' })).toEqual([rare]);
  });

  test('passes over none whose commit comes late', async () => {
    const late = open();
    const [begun, holding] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const creating = late.begin(async (tx) => {
      await tx`SELECT pg_advisory_xact_lock_shared(8151623)`;
      await tx`
        WITH wallet AS (
          INSERT INTO wallets (name, country, city, currency, wallet_group) VALUES ('w', 'UK', 'London', 'USD', 1) RETURNING id
        ) INSERT INTO wallet_details (wallet_id, owner, owner_id) SELECT id, '', 'late' FROM wallet`;
      begun.resolve();
      await holding.promise;
    });
    await begun.promise;
    await create({ OwnerId: 'late' });
    const reading = whole({ owner: 'late' });
    holding.resolve();
    await creating;
    expect(await reading).toHaveLength(2);
  });

  test('is refused half of a pair, and a state that there is not', async () => {
    const error = async (query: Query) => (await refused(sql, handlers.listWallets, { query })).error;
    expect(await error({ metadataValue: 'gold' })).toBe(
      'metadataName and metadataValue go together: give both, or none',
    );
    expect(await error({ status: 'gone' })).toBe(
      'status must be active, frozen, closed or left out, not "gone"',
    );
  });
});
