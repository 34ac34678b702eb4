import { describe, expect, expectTypeOf, test } from 'vitest';
import type { ApiKey, ApiKeyWithSecret, OwnKey } from '../../../client/generated/api.ts';
import type { SeenRequest, StubReply } from '../../support/client/stub-server.ts';
import { stubbedClient } from '../../support/client/stubbed.ts';

const start = (reply: (request: SeenRequest) => StubReply) => stubbedClient(reply, { maxRetries: 1 });

const sentTo = (seen: readonly SeenRequest[]) => seen.map(({ method, url, body }) => [method, url, body]);

const KEY = { KeyId: 'k-1', Name: 'shop', Scopes: ['wallets:read'], RequestsPerSecond: null };

describe('the methods of keys', () => {
  test('own gives what the client may do', async () => {
    const { ps, seen } = await start(() => ({ body: { payload: KEY } }));
    const own = await ps.keys.own();
    expectTypeOf(own).toEqualTypeOf<OwnKey>();
    expect(own).toEqual(KEY);
    expect(sentTo(seen)).toEqual([['GET', '/key', '']]);
  });

  test('list gives all of them', async () => {
    const { ps, seen } = await start(() => ({ body: { payload: { Keys: [KEY], IsCut: false } } }));
    const keys = await ps.keys.list();
    expectTypeOf(keys).toEqualTypeOf<readonly ApiKey[]>();
    expect(keys).toEqual([KEY]);
    expect(sentTo(seen)).toEqual([['GET', '/keys', '']]);
  });

  test('create sends what it was given, and gives the key', async () => {
    const { ps, seen } = await start(() => ({ body: { payload: { ...KEY, Key: 'mlps_x' } } }));
    const made = await ps.keys.create({ Name: 'shop', Scopes: ['wallets:read'], ExpiresInDays: 90 });
    expectTypeOf(made).toEqualTypeOf<ApiKeyWithSecret>();
    expect(made.Key).toBe('mlps_x');
    const body = '{"Name":"shop","Scopes":["wallets:read"],"ExpiresInDays":90}';
    expect(sentTo(seen)).toEqual([['POST', '/keys', body]]);
  });

  test('limit and revoke name the key in their path', async () => {
    const { ps, seen } = await start(() => ({ body: { payload: KEY } }));
    expect(await ps.keys.limit('k-1', 50)).toEqual(KEY);
    expect(await ps.keys.limit('k-1', null)).toEqual(KEY);
    expect(await ps.keys.revoke('k-1')).toEqual(KEY);
    expect(sentTo(seen)).toEqual([
      ['POST', '/key/k-1/limit', '{"RequestsPerSecond":50}'],
      ['POST', '/key/k-1/limit', '{"RequestsPerSecond":null}'],
      ['POST', '/key/k-1/revoke', '{}'],
    ]);
  });
});
