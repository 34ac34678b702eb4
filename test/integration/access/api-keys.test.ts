import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createAuthorizer } from '../../../functions/authorizer.ts';
import { createKeyManager } from '../../../functions/keys.ts';
import { generateKey, hashKey, SCOPES } from '../../../lib/access/api-key.ts';
import { createKey, type KeyOrder, revokeKey } from '../../../lib/access/api-key-store.ts';
import type { Sql } from '../../../lib/postgres/database.ts';
import { testDatabase } from '../../support/system/database.ts';

const UNAUTHENTICATED = { isAuthorized: true, context: { access: 'unauthenticated' } };

async function newKey(sql: Sql, order: Partial<KeyOrder> = {}) {
  const made = await createKey(sql, randomUUID(), { name: 'shop', scopes: ['wallets:read'], ...order });
  if (made === undefined) throw new Error('no key was made');
  return { key: made.key, id: made.record.id };
}

const expire = (sql: Sql, id: string) =>
  sql`UPDATE api_keys SET created_at = now() - interval '2 h', expires_at = now() WHERE id = ${id}::uuid`;

describe('the authorizer', async () => {
  const database = await testDatabase();
  const { sql } = database;
  const closed = database.open();
  await closed.end();

  /** Asks as API Gateway does. */
  const ask = (header: string, over = sql) =>
    createAuthorizer({ sql: over })({
      ...{ version: '2.0', type: 'REQUEST', routeArn: 'arn:aws:execute-api:x', routeKey: 'GET /wallets' },
      ...{ identitySource: [header], rawPath: '/wallets', headers: { authorization: header } },
    });

  test('tells whose a key is, what it is good for, and its limit', async () => {
    const { key, id } = await newKey(sql, { scopes: ['wallets:read', 'reports:read'], limit: 50 });
    expect(await ask(`Bearer ${key}`)).toEqual({
      isAuthorized: true,
      context: {
        ...{
          access: 'granted',
          apiKeyId: id,
          name: 'shop',
          owner: 'shop',
          scopes: 'wallets:read reports:read',
          limit: '50',
        },
      },
    });
    const other = await newKey(sql, { name: 'Büro 7' });
    expect((await ask(`bearer ${other.key}`)).context).toEqual({
      ...{ access: 'granted', apiKeyId: other.id, name: 'Büro 7', owner: 'Büro 7', scopes: 'wallets:read' },
    });
  });

  test('says the same of every key that is not good, and lets the handler refuse it', async () => {
    const revoked = await newKey(sql);
    await revokeKey(sql, revoked.id);
    const expired = await newKey(sql);
    await expire(sql, expired.id);
    for (const header of [generateKey(), revoked.key, expired.key, 'x', '']) {
      expect(await ask(`Bearer ${header}`)).toEqual(UNAUTHENTICATED);
    }
    expect(await createAuthorizer({ sql })({ version: '2.0', identitySource: null })).toEqual(
      UNAUTHENTICATED,
    );
  });

  test('lets a key in until it expires', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const { key, id } = await newKey(sql, { expiresAt });
    expect((await ask(`Bearer ${key}`)).context).toMatchObject({ access: 'granted' });
    await expire(sql, id);
    expect(await ask(`Bearer ${key}`)).toEqual(UNAUTHENTICATED);
  });

  test('refuses a key at once when it is revoked', async () => {
    const { key, id } = await newKey(sql);
    expect((await ask(`Bearer ${key}`)).context).toMatchObject({ access: 'granted' });
    await revokeKey(sql, id);
    expect(await ask(`Bearer ${key}`)).toEqual(UNAUTHENTICATED);
  });

  test('refuses what can’t be a key without the database, and calls an outage no bad key', async () => {
    const key = generateKey();
    const mistyped = key.slice(0, -1) + (key.endsWith('0') ? '1' : '0');
    expect(await ask(`Bearer ${mistyped}`, closed)).toEqual(UNAUTHENTICATED);
    await expect(ask(`Bearer ${key}`, closed)).rejects.toThrow();
  });

  test('notes the use of a key once a minute', async () => {
    const { key, id } = await newKey(sql);
    const lastUse = async () => {
      const [row] = await sql`SELECT last_used_at AS at FROM api_keys WHERE id = ${id}::uuid`;
      return row?.['at'];
    };
    const age = (seconds: number) =>
      sql`UPDATE api_keys SET last_used_at = now() - make_interval(secs => ${seconds}) WHERE id = ${id}::uuid`;
    expect(await lastUse()).toBeNull();
    await ask(`Bearer ${key}`);
    expect(await lastUse()).not.toBeNull();
    await age(30);
    const half = await lastUse();
    await ask(`Bearer ${key}`);
    expect(await lastUse()).toBe(half);
    await age(61);
    const old = await lastUse();
    await ask(`Bearer ${key}`);
    expect(await lastUse()).not.toBe(old);
  });

  test('lets a key in though its use can’t be noted', async () => {
    const { key, id } = await newKey(sql);
    await sql.unsafe(
      `ALTER TABLE api_keys ADD CONSTRAINT stuck CHECK (id <> '${id}' OR last_used_at IS NULL)`,
    );
    expect((await ask(`Bearer ${key}`)).context).toMatchObject({ apiKeyId: id });
    await sql`ALTER TABLE api_keys DROP CONSTRAINT stuck`;
  });
});

describe('the first key', async () => {
  const database = await testDatabase();
  const { sql } = database;

  test('is made once, however many ask for it at once, and is an admin’s', async () => {
    const managers = Array.from({ length: 8 }, () => createKeyManager({ sql: database.open() }));
    const replies = await Promise.all(managers.map((manage) => manage({ command: 'first' })));
    const made = replies.flatMap((reply) => ('key' in reply ? [reply] : []));
    expect(made).toHaveLength(1);
    expect(made[0]?.record).toMatchObject({ name: 'first', scopes: ['admin'], state: 'active', limit: null });
    const refused = replies.filter((reply) => 'refused' in reply);
    expect(refused).toEqual(Array(7).fill({ refused: 'there is a key already, or was one' }));
    expect((await sql`SELECT FROM api_keys`).count).toBe(1);
  });

  test('is not made anew when it is revoked', async () => {
    await sql`UPDATE api_keys SET revoked_at = now()`;
    expect(await createKeyManager({ sql })({ command: 'first' })).toHaveProperty('refused');
  });
});

describe('the function keys', async () => {
  const { sql } = await testDatabase();
  const manage = createKeyManager({ sql });
  const order = { command: 'create', name: 'shop', scopes: ['wallets:read', 'wallets:read'] };

  test('makes a key that is stored nowhere, lists it without it, and revokes it', async () => {
    const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
    const made = await manage({ ...order, expiresAt, limit: 7 });
    if (!('key' in made)) throw new Error('no key was made');
    expect(made.record).toMatchObject({
      scopes: ['wallets:read'],
      limit: 7,
      state: 'active',
      lastUsedAt: null,
    });
    const [stored] = await sql`SELECT api_keys::text AS row, hash FROM api_keys`;
    expect(stored?.['hash']).toEqual(hashKey(made.key));
    expect(stored?.['row']).not.toContain(made.key.slice(9, 20));

    const listed = await manage({ command: 'list' });
    expect(listed).toEqual({ records: [made.record] });
    expect(JSON.stringify(listed)).not.toContain(made.key.slice(0, 10));

    const revoked = await manage({ command: 'revoke', id: made.record.id });
    expect(revoked).toMatchObject({ record: { id: made.record.id, state: 'revoked' } });
    expect(await manage({ command: 'revoke', id: made.record.id })).toEqual(revoked);
  });

  test('makes keys with each scope and with all of them', async () => {
    for (const scopes of [...SCOPES.map((scope) => [scope]), SCOPES]) {
      expect(await manage({ ...order, scopes })).toMatchObject({ record: { scopes } });
    }
  });

  test('refuses an expiry in the past, and the id of no key', async () => {
    const before = await sql`SELECT FROM api_keys`;
    const expiresAt = '2020-01-01T00:00:00Z';
    expect(await manage({ ...order, expiresAt })).toEqual({ refused: `${expiresAt} is not in the future` });
    expect((await sql`SELECT FROM api_keys`).count).toBe(before.count);
    const id = randomUUID();
    expect(await manage({ command: 'revoke', id })).toEqual({ refused: `there is no key with the id ${id}` });
  });

  test.each([
    undefined,
    {},
    { command: 'delete' },
    { command: 'create', name: 'a' },
    { ...order, name: '' },
    { ...order, name: 'a\nb' },
    { ...order, name: 'x'.repeat(101) },
    { ...order, scopes: [] },
    { ...order, scopes: ['root'] },
    { ...order, expiresAt: 'tomorrow' },
    { ...order, limit: 0 },
    { ...order, limit: 10_001 },
    { ...order, key: 'mine' },
    { command: 'revoke', id: '7' },
  ])('throws a sentence where the event is no command: %j', async (event) => {
    await expect(manage(event)).rejects.toThrow(/^this is no command for keys: /);
  });

  test.each([
    ['an unknown scope', { scopes: '{root}' }],
    ['no scope', { scopes: '{}' }],
    ['a null among its scopes', { scopes: '{admin,NULL}' }],
    ['a hash of another length', { hash: '\\x00' }],
    ['no name', { name: '' }],
    ['no owner', { owner: '' }],
    ['the id that stands for no key', { id: '00000000-0000-0000-0000-000000000000' }],
    ['a limit of nothing', { requests_per_second: '0' }],
    ['an expiry before its creation', { expires_at: '2020-01-01' }],
  ])('rests on a table that takes no key with %s', async (_what, wrong) => {
    const right = {
      ...{
        id: randomUUID(),
        name: 'a',
        shown: 'mlps_abcd',
        hash: `\\x${'00'.repeat(32)}`,
        scopes: '{admin}',
      },
      ...{ requests_per_second: null, expires_at: null, owner: 'a' },
    };
    const { id, name, shown, hash, scopes, requests_per_second, expires_at, owner } = { ...right, ...wrong };
    await expect(
      sql`
        INSERT INTO api_keys (id, name, shown, hash, scopes, requests_per_second, expires_at, owner)
        VALUES (${id}::text::uuid, ${name}, ${shown}, ${hash}::text::bytea, ${scopes}::text::text[],
          ${requests_per_second}::text::int4, ${expires_at}::text::timestamptz, ${owner})`,
    ).rejects.toThrow(/violates check constraint/);
  });
});
