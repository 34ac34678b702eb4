import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { command } from '../../../lib/http/route.ts';
import { runTx, type Statements, type Tx } from '../../../lib/postgres/database.ts';
import { ok } from '../../../lib/wire/refusal.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';

describe('a command of several statements', async () => {
  const { sql } = await testDatabase();
  const input = z.strictObject({});
  const leases = async () => (await sql`SELECT FROM leases`).count;
  const insert = async (tx: Statements, name: string) => {
    await tx`INSERT INTO leases (name, holder, expires_at) VALUES (${name}, gen_random_uuid(), now())`;
  };
  const twice = (second: string) =>
    command({
      scope: 'operations:write',
      input,
      transact: async (tx) => {
        await insert(tx, 'first');
        await insert(tx, second);
        return ok(null);
      },
      payload: () => ({}),
    })({ sql, apiKeys: 'off' });

  test.each([
    ['without an Idempotency-Key', {}],
    ['with an Idempotency-Key', { headers: { 'Idempotency-Key': 'key-1' } }],
  ])('that fails in the middle leaves nothing behind, %s', async (_how, request) => {
    const { status } = await call(twice('first'), { body: {}, ...request });
    expect([status, await leases()]).toEqual([500, 0]);
  });

  test('that succeeds is committed whole', async () => {
    const { status } = await call(twice('second'), { body: {} });
    expect([status, await leases()]).toEqual([200, 2]);
  });

  test('gets a transaction: a pool does not fit', () => {
    const needsTx = (tx: Tx) => tx;
    // @ts-expect-error A pool commits each statement by itself.
    const wrong = () => needsTx(sql);
    const right = () => runTx(sql, async (tx) => void needsTx(tx));
    expect([wrong, right]).toHaveLength(2);
  });
});
