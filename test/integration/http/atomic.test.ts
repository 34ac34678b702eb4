import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { command } from '../../../lib/http/route.ts';
import { runTx, type Statements, type Tx } from '../../../lib/postgres/database.ts';
import { ok } from '../../../lib/wire/refusal.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';

/** As PostgreSQL reports a transaction that lost a race. */
const LOST_RACE = Object.assign(new Error('lost a race'), { code: '40001' });

describe('a command of several statements', async () => {
  const { sql } = await testDatabase();
  const input = z.strictObject({});
  const leases = async () => (await sql`SELECT FROM leases`).count;
  const insert = async (tx: Statements, name: string) => {
    await tx`INSERT INTO leases (name, holder, expires_at) VALUES (${name}, gen_random_uuid(), now())`;
  };
  const twice = (second: string) =>
    command({
      route: 'POST /test',
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

describe('a command of this or that many statements', async () => {
  const { sql, open } = await testDatabase();
  await sql`CREATE TABLE notes (id int CHECK (id < 10))`;
  beforeEach(async () => {
    await sql`TRUNCATE notes`;
  });

  const notes = async (): Promise<number[]> =>
    (await sql<{ id: number }[]>`SELECT id FROM notes`).map(({ id }) => id);
  const insert = async (handle: Statements, id: number) => {
    await handle`INSERT INTO notes ${handle({ id })}`;
  };
  const common = {
    route: 'POST /test',
    scope: 'admin',
    input: z.object({}),
    payload: () => ({}),
  } as const;
  /** Of several statements, what `work` does after the first. */
  const several = (work: (tx: Tx) => Promise<void>) =>
    command({
      ...common,
      transact: async (tx) => {
        await insert(tx, 1);
        await work(tx);
        return ok(undefined);
      },
    })({ sql: open(), apiKeys: 'off' });

  const WAYS: [string, () => Record<string, string>][] = [
    ['without an Idempotency-Key', () => ({})],
    ['with an Idempotency-Key', () => ({ 'Idempotency-Key': randomUUID() })],
  ];

  describe.each(WAYS)('%s', (_way, headers) => {
    test('does all of its statements', async () => {
      const { status } = await call(
        several((tx) => insert(tx, 2)),
        { body: {}, headers: headers() },
      );
      expect([status, await notes()]).toEqual([200, [1, 2]]);
    });

    test('does none of them where the second fails', async () => {
      const { status } = await call(
        several((tx) => insert(tx, 10)),
        { body: {}, headers: headers() },
      );
      expect([status, await notes()]).toEqual([500, []]);
    });

    test('does none of them where it fails between them', async () => {
      const { status } = await call(
        several(() => Promise.reject(new Error('a bug'))),
        { body: {}, headers: headers() },
      );
      expect([status, await notes()]).toEqual([500, []]);
    });

    test('does them once where it lost a race at first', async () => {
      let attempts = 0;
      const handler = several(async () => {
        attempts += 1;
        if (attempts < 3) throw LOST_RACE;
      });
      const { status } = await call(handler, { body: {}, headers: headers() });
      expect([status, attempts, await notes()]).toEqual([200, 3, [1]]);
    });
  });

  test('of several statements is not done again where its connection broke, unless a key tells whether it was', async () => {
    let attempts = 0;
    const handler = several(async (tx) => {
      attempts += 1;
      if (attempts === 1) await tx`SELECT pg_terminate_backend(pg_backend_pid())`;
    });
    expect((await call(handler, { body: {} })).status).toBe(503);
    expect([attempts, await notes()]).toEqual([1, []]);

    attempts = 0;
    const headers = { 'Idempotency-Key': randomUUID() };
    expect((await call(handler, { body: {}, headers })).status).toBe(200);
    expect([attempts, await notes()]).toEqual([2, [1]]);
  });

  test('of one statement fails aloud where it has a second one', async () => {
    const sneaky = command({
      ...common,
      execute: async (handle) => {
        await insert(handle, 1);
        await insert(handle, 2);
        return ok(undefined);
      },
    })({ sql: open(), apiKeys: 'off' });
    expect((await call(sneaky, { body: {} })).status).toBe(500);
    expect(await notes()).toEqual([1]);
  });
});
