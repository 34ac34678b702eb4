import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { hashKey, isWellFormed, SCOPES, type Scope } from '../../../lib/access/api-key.ts';
import { createKey } from '../../../lib/access/api-key-store.ts';
import { authorize } from '../../../lib/access/authorize.ts';
import { contextOf } from '../../../lib/access/caller.ts';
import { MAX_KEYS } from '../../../lib/access/keys.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { refused } from '../../support/system/refused.ts';
import { testSystem } from '../../support/system/system.ts';

const database = await testDatabase();
const { sql } = database;
const { handlers } = testSystem(sql, 2, 'required');

/** Stores a key. @returns its id, and what the authorizer tells of it */
async function stored(scopes: readonly Scope[], more: { limit?: number; expiresAt?: string } = {}) {
  const id = randomUUID();
  await createKey(sql, id, { name: 'clerk', owner: 'bank', scopes, ...more });
  return { id, access: contextOf({ id, name: 'clerk', owner: 'bank', scopes, limit: more.limit }) };
}

let admin: Awaited<ReturnType<typeof stored>>;
beforeEach(async () => {
  await sql`TRUNCATE api_keys, api_key_limits, idempotency_keys`;
  admin = await stored(['admin']);
});

const make = async (body: object, headers: Record<string, string> = {}) =>
  await call(handlers.createKey, { route: 'POST /keys', access: admin.access, body, headers });

const change = async (name: 'limitKey' | 'revokeKey', keyId: string, body: object = {}) =>
  await call(handlers[name], { access: admin.access, path: { keyId }, body });

describe('GET /key', () => {
  test('tells any caller what its key is good for', async () => {
    const expiresAt = '2126-01-31T00:00:00.000000Z';
    for (const scope of SCOPES) {
      const { id, access } = await stored([scope], { limit: 7, expiresAt });
      const { status, payload } = await call(handlers.getOwnKey, { access });
      expect(status).toBe(200);
      expect(payload).toEqual({
        KeyId: id,
        Name: 'clerk',
        Scopes: [scope],
        RequestsPerSecond: 7n,
        ExpiresAt: expiresAt,
      });
    }
  });

  test('has null for a key without limit and end', async () => {
    const { payload } = await call(handlers.getOwnKey, { access: admin.access });
    expect(payload).toMatchObject({ Scopes: ['admin'], RequestsPerSecond: null, ExpiresAt: null });
  });

  test('tells of all scopes where no key is required', async () => {
    const { payload } = await call(testSystem(sql).handlers.getOwnKey, {});
    expect(payload).toEqual({
      ...{ KeyId: null, Name: null, Scopes: [...SCOPES], RequestsPerSecond: null, ExpiresAt: null },
    });
  });

  test('is no answer to who has no key', async () => {
    expect((await call(handlers.getOwnKey, {})).status).toBe(401);
    await sql`DELETE FROM api_keys`;
    expect((await call(handlers.getOwnKey, { access: admin.access })).status).toBe(401);
  });
});

describe('GET /keys', () => {
  test('lists the keys that are good before the others, and no key itself', async () => {
    const shop = (await make({ Name: 'shop', Scopes: ['wallets:read'], RequestsPerSecond: 9 })).payload;
    const till = (await make({ Name: 'till', Scopes: ['wallets:read'] })).payload;
    await change('revokeKey', till.KeyId);
    const { payload, text } = await call(handlers.listKeys, { access: admin.access });
    expect(payload.IsCut).toBe(false);
    expect(payload.Keys.map(({ KeyId, Status }: any) => [KeyId, Status])).toEqual([
      [shop.KeyId, 'active'],
      [admin.id, 'active'],
      [till.KeyId, 'revoked'],
    ]);
    const { Key, ...rest } = shop;
    expect(payload.Keys[0]).toEqual(rest);
    expect(text).not.toContain(Key.slice(9));
  });

  test('says that there are more than it lists', async () => {
    await sql`
      INSERT INTO api_keys (id, name, shown, hash, scopes, owner, revoked_at)
      SELECT gen_random_uuid(), 'old', 'mlps_many', sha256(number::text::bytea), '{webhooks}', 'many', now()
      FROM generate_series(1, ${MAX_KEYS}) AS number`;
    const { payload } = await call(handlers.listKeys, { access: admin.access });
    expect([payload.Keys.length, payload.IsCut, payload.Keys[0].KeyId]).toEqual([MAX_KEYS, true, admin.id]);
  });
});

/** Bodies that are wrong, and what is said of them. */
const BAD: readonly (readonly [body: object, code: string, error: string])[] = [
  [{}, 'fields_missing', 'all fields should be filled'],
  [{ Name: ' ', Scopes: ['admin'] }, 'fields_missing', 'all fields should be filled'],
  [
    { Name: 'a\nb', Scopes: ['admin'] },
    'invalid_field',
    'Name must have a visible character and no control characters',
  ],
  [
    { Name: 'x'.repeat(101), Scopes: ['admin'] },
    'invalid_field',
    'Name must have at most 100 characters, not 101',
  ],
  [{ Name: 5, Scopes: ['admin'] }, 'invalid_field', 'Name must be a string, not 5'],
  [{ Name: 'a', Scopes: 'admin' }, 'invalid_field', 'Scopes must be an array of scopes, not "admin"'],
  [{ Name: 'a', Scopes: [] }, 'invalid_field', `Scopes must name a scope: ${SCOPES.join(', ')}`],
  [
    { Name: 'a', Scopes: ['root'] },
    'invalid_field',
    `Scopes has "root": the scopes are ${SCOPES.join(', ')}`,
  ],
  [{ Name: 'a', Scopes: ['admin', 'admin'] }, 'invalid_field', 'Scopes must name each scope once'],
  [
    { Name: 'a', Scopes: ['admin'], ExpiresInDays: 0 },
    'invalid_field',
    'ExpiresInDays must be a whole number from 1 to 3650, not 0',
  ],
  [
    { Name: 'a', Scopes: ['admin'], RequestsPerSecond: 10_001 },
    'invalid_field',
    'RequestsPerSecond must be a whole number from 1 to 10000, not 10001',
  ],
];

describe('POST /keys', () => {
  test('makes a key that works, with what was ordered', async () => {
    const { status, payload } = await make({
      ...{ Name: 'Kasse 3 ü', Owner: 'shop', Scopes: ['wallets:read', 'reports:read'] },
      ...{ ExpiresInDays: 90, RequestsPerSecond: 50 },
    });
    expect(status).toBe(200);
    expect(payload).toMatchObject({
      ...{ Name: 'Kasse 3 ü', Owner: 'shop', Status: 'active', Scopes: ['wallets:read', 'reports:read'] },
      ...{ RequestsPerSecond: 50n, LastUsedAt: null, RevokedAt: null, Shown: payload.Key.slice(0, 9) },
    });
    expect(isWellFormed(payload.Key)).toBe(true);
    const days = (Date.parse(payload.ExpiresAt) - Date.parse(payload.CreatedAt)) / 86_400_000;
    expect(days).toBeCloseTo(90, 1);
    expect(await authorize(sql, `Bearer ${payload.Key}`)).toMatchObject({
      ...{ access: 'granted', apiKeyId: payload.KeyId, scopes: 'wallets:read reports:read', limit: '50' },
    });
  });

  test('has the name for the owner if none is given, and neither end nor limit', async () => {
    const { payload } = await make({ Name: 'shop', Scopes: ['admin'] });
    expect(payload).toMatchObject({ Owner: 'shop', RequestsPerSecond: null, ExpiresAt: null });
  });

  test('tells the key once: a repeat makes no second one, and the key is stored nowhere', async () => {
    const headers = { 'Idempotency-Key': 'till-3' };
    const body = { Name: 'till', Scopes: ['wallets:read'] };
    const first = await make(body, headers);
    const again = await make(body, headers);
    expect(again.headers['idempotency-replayed']).toBe('true');
    const { Key, ...rest } = first.payload;
    expect(again.payload).toEqual(rest);
    expect((await sql`SELECT FROM api_keys`).count).toBe(2);
    const [row] = await sql`
      SELECT (SELECT string_agg(to_json(k)::text, '') FROM api_keys AS k) AS keys,
        (SELECT string_agg(to_json(i)::text, '') FROM idempotency_keys AS i) AS replies`;
    const secret = Key.slice(9);
    expect([row?.['keys'].includes(secret), row?.['replies'].includes(secret)]).toEqual([false, false]);
    expect(row?.['keys']).toContain(hashKey(Key).toString('hex'));
  });

  test.each(BAD)('refuses %j', async (body, code, error) => {
    const asked = { access: admin.access, body };
    expect(await refused(sql, handlers.createKey, asked)).toMatchObject({ status: 400, code, error });
  });

  test('refuses one more than there may be; those that are revoked or over do not count', async () => {
    const many = (number: number, state: string) =>
      sql.unsafe(`
      INSERT INTO api_keys (id, name, shown, hash, scopes, owner, created_at, revoked_at, expires_at)
      SELECT gen_random_uuid(), 'many', 'mlps_many', sha256((n || '${state}')::bytea), '{webhooks}', 'many',
        now() - interval '2 h', ${state === 'revoked' ? 'now()' : 'NULL'},
        ${state === 'expired' ? "now() - interval '1 h'" : 'NULL'}
      FROM generate_series(1, ${number}) AS n`);
    for (const state of ['revoked', 'expired']) await many(20, state);
    await many(MAX_KEYS - 2, 'active');
    const body = { Name: 'last', Scopes: ['webhooks'] };
    expect((await make(body)).status).toBe(200);
    const asked = { access: admin.access, body };
    expect(await refused(sql, handlers.createKey, asked)).toMatchObject({
      status: 409,
      code: 'too_many_keys',
    });
  });
});

describe('POST /key/{keyId}/limit', () => {
  test('sets a limit, and takes it away', async () => {
    const { id } = await stored(['wallets:read']);
    expect((await change('limitKey', id, { RequestsPerSecond: 5 })).payload.RequestsPerSecond).toBe(5n);
    expect((await change('limitKey', id, { RequestsPerSecond: null })).payload.RequestsPerSecond).toBeNull();
  });

  test('refuses a key that is unknown or revoked, and a body without limit', async () => {
    const { id } = await stored(['wallets:read']);
    await change('revokeKey', id);
    const ask = (keyId: string, body: object) =>
      refused(sql, handlers.limitKey, { access: admin.access, path: { keyId }, body });
    const limit = { RequestsPerSecond: 5 };
    expect(await ask(id, limit)).toMatchObject({ status: 409, code: 'key_revoked' });
    const nobody = randomUUID();
    const error = `no key with id: ${nobody}`;
    expect(await ask(nobody, limit)).toMatchObject({ status: 404, code: 'key_not_found', error });
    expect(await ask(admin.id, {})).toMatchObject({ status: 400, code: 'fields_missing' });
    expect(await ask(admin.id, { RequestsPerSecond: 0 })).toMatchObject({ code: 'invalid_field' });
    expect(await ask('x', limit)).toMatchObject({ status: 400, code: 'invalid_field' });
  });
});

describe('POST /key/{keyId}/revoke', () => {
  test('revokes a key for good, once', async () => {
    const made = (await make({ Name: 'shop', Scopes: ['wallets:read'] })).payload;
    const first = (await change('revokeKey', made.KeyId)).payload;
    expect(first).toMatchObject({ Status: 'revoked', RevokedAt: expect.any(String) });
    expect((await change('revokeKey', made.KeyId)).payload).toEqual(first);
    expect(await authorize(sql, `Bearer ${made.Key}`)).toEqual({ access: 'unauthenticated' });
  });

  test('refuses the last key that is good for admin, whoever asks', async () => {
    const expired = await stored(['admin']);
    await sql`
      UPDATE api_keys SET created_at = now() - interval '2 h', expires_at = now() - interval '1 h'
      WHERE id = ${expired.id}::uuid`;
    const asked = { access: admin.access, path: { keyId: admin.id } };
    const error = `key ${admin.id} is the last one with the scope admin: make another one first, with POST /keys`;
    expect(await refused(sql, handlers.revokeKey, asked)).toEqual({
      ...{ status: 409, code: 'last_admin_key', error },
    });
    expect((await change('revokeKey', expired.id)).payload.Status).toBe('revoked');
    await stored(['admin', 'webhooks']);
    expect((await change('revokeKey', admin.id)).payload.Status).toBe('revoked');
  });

  test('of two admins that revoke each other at once, one stays', async () => {
    const other = await stored(['admin']);
    const instance = testSystem(database.open(), 2, 'required').handlers;
    const answers = await Promise.all([
      change('revokeKey', other.id),
      call(instance.revokeKey, { access: other.access, path: { keyId: admin.id } }),
    ]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    const { count } = await sql`SELECT FROM api_keys WHERE revoked_at IS NULL`;
    expect(count).toBe(1);
  });

  test('refuses a key that is unknown', async () => {
    const asked = { access: admin.access, path: { keyId: randomUUID() } };
    expect(await refused(sql, handlers.revokeKey, asked)).toMatchObject({
      status: 404,
      code: 'key_not_found',
    });
  });
});
