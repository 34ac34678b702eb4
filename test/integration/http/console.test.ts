import { describe, expect, test } from 'vitest';
import { CONSOLE_FILES } from '../../../console/files.ts';
import { getConsole } from '../../../functions/console.ts';
import { call } from '../../support/system/client.ts';

const handler = getConsole({ apiKeys: 'required' });

/** What the console may weigh, in bytes as they are sent. */
const MAX_BYTES = 150_000;

const ask = async (path: string, method = 'GET') => {
  const file = path.split('/console/')[1];
  return await call(handler, {
    ...{ route: `${method} ${path}`, headers: {} },
    ...(file === undefined ? {} : { path: { file } }),
  });
};

describe('the console', () => {
  test('is for everybody, is asked for each time, and takes nothing from elsewhere', async () => {
    const { status, headers, text } = await ask('/console');
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
    });
    const policy = headers['content-security-policy'] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(text).not.toMatch(/<script>|<style|style=|\son\w+=/);
  });

  test('has each file that it names, and these are kept for ever', async () => {
    const { text } = await ask('/console');
    const named = [...text.matchAll(/(?:href|src)="(console\/[^"]+)"/g)].map(([, address = '']) => address);
    expect(named.map((address) => address.slice('console/'.length)).toSorted()).toEqual(
      Object.keys(CONSOLE_FILES.files).toSorted(),
    );
    for (const address of named) {
      const { status, headers } = await ask(`/${address}`);
      expect([address, status]).toEqual([address, 200]);
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    }
  });

  test('is small', () => {
    const sizes = Object.values(CONSOLE_FILES.files).map(({ gzip }) => Buffer.from(gzip, 'base64').length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MAX_BYTES);
  });

  test('hands on the licences of its libraries', async () => {
    const name = Object.keys(CONSOLE_FILES.files).find((file) => file.startsWith('licences'));
    const { text } = await ask(`/console/${name}`);
    for (const part of ['preact', 'uplot', 'MIT']) expect(text).toContain(part);
  });

  test('has no other file, and takes no parameters', async () => {
    expect(await ask('/console/constructor')).toMatchObject({
      status: 404,
      payload: { code: 'route_not_found', error: 'the console has no such file' },
    });
    const { status } = await call(handler, { route: 'GET /console', query: { key: 'x' } });
    expect(status).toBe(400);
  });
});
