import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { getEventSchemas, getOpenApi } from '../../../functions/describe.ts';
import { call } from '../../support/system/client.ts';

const handler = getOpenApi({ apiKeys: 'required' });
const fileOf = async (name: string) => await readFile(`description/${name}`, 'utf8');
const compact = (text: string): string => text.replaceAll(/\n\s*/g, '');

describe('GET /openapi.json', () => {
  test.each([
    [{}, 'openapi.json'],
    [{ amounts: 'number' }, 'openapi.json'],
    [{ amounts: 'string' }, 'openapi.strings.json'],
  ])('with %j gives everybody %s, with all digits', async (query, name) => {
    const reply = await call(handler, { route: 'GET /openapi.json', query });
    expect(reply.status).toBe(200);
    expect(reply.text).toBe(compact(await fileOf(name)));
    expect(reply.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'public, max-age=300',
      'x-content-type-options': 'nosniff',
    });
  });

  test.each([
    ['gzip', true],
    ['br, gzip;q=0.5', true],
    ['gzip;q=0', false],
    ['gzip;q=0.0, br', false],
    ['*, gzip;q=0', false],
    ['gzip;q=0, *;q=0.5', false],
    ['*;q=0, gzip', true],
    ['*;q=0', false],
    ['identity', false],
  ])('with Accept-Encoding %s is compressed: %s', async (encoding, isCompressed) => {
    const headers = { 'Accept-Encoding': encoding };
    const reply = await call(handler, { route: 'GET /openapi.json', headers });
    expect(reply.headers['content-encoding']).toBe(isCompressed ? 'gzip' : undefined);
    expect(reply.headers['vary']).toBe('Accept-Encoding');
    expect(reply.text).toBe(compact(await fileOf('openapi.json')));
  });

  test.each([{ 'Accept-Encoding': 'gzip' }, {}])(
    'is one text, whatever is preferred, with %j',
    async (headers) => {
      // Caches keep it by its address and encoding alone.
      const preferring = { Prefer: 'amounts=string', ...headers };
      const reply = await call(handler, { route: 'GET /openapi.json', headers: preferring });
      expect(reply.text).toBe(compact(await fileOf('openapi.json')));
      expect(reply.headers['preference-applied']).toBeUndefined();
    },
  );

  test('refuses what it does not know', async () => {
    for (const query of [{ amounts: 'float' }, { Amounts: 'string' }])
      expect(await call(handler, { route: 'GET /openapi.json', query })).toMatchObject({
        ...{ status: 400, payload: { code: 'invalid_field' } },
      });
  });
});

test('GET /events.json gives everybody the schemas of the events', async () => {
  const reply = await call(getEventSchemas({ apiKeys: 'required' }), { route: 'GET /events.json' });
  expect([reply.status, reply.text]).toEqual([200, compact(await fileOf('events.json'))]);
});
