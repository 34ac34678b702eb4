import { describe, expect, test } from 'vitest';
import { getDocs } from '../../../functions/docs.ts';
import { PAGE_FILES } from '../../../reference/files.ts';
import { call } from '../../support/system/client.ts';

const docs = getDocs({ apiKeys: 'required' });

const ask = async (path: string, headers: Record<string, string> = {}, method = 'GET') => {
  const file = path.split('/docs/')[1];
  return await call(docs, {
    ...{ route: `${method} ${path}`, headers },
    ...(file === undefined ? {} : { path: { file } }),
  });
};

/** What a page names, by the place that it names it at. */
const namedBy = (html: string): string[] =>
  [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, address = '']) => address);

describe('the docs page', () => {
  test('is for everybody, is asked for each time, and takes nothing from elsewhere', async () => {
    const { status, headers, text } = await ask('/docs');
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'strict-transport-security': 'max-age=31536000',
    });
    const policy = headers['content-security-policy'] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    for (const address of namedBy(text)) expect(address).toMatch(/^(docs\/|openapi\.json|data:,$)/);
    expect(text).not.toMatch(/<script>|<style|style=|\son\w+=/);
  });

  test('has each file that it names, and these are kept for ever', async () => {
    const files = namedBy((await ask('/docs')).text).filter((address) => address.startsWith('docs/'));
    expect(files.map((file) => file.slice('docs/'.length)).sort()).toEqual(
      Object.keys(PAGE_FILES.files).sort(),
    );
    for (const file of files) {
      const { status, headers, text } = await ask(`/${file}`);
      expect([file, status]).toEqual([file, 200]);
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
      expect(headers['content-type']).toMatch(/^text\/(css|javascript|plain); charset=utf-8$/);
      expect(text.length).toBeGreaterThan(1_000);
      expect(text).not.toContain('sourceMappingURL');
    }
  });

  test('hands on the licences of the library', async () => {
    const file = Object.keys(PAGE_FILES.files).find((name) => name.startsWith('licences'));
    const { text } = await ask(`/docs/${file}`);
    for (const part of ['SmartBear Software', 'Apache License', 'DOMPurify', 'MIT'])
      expect(text).toContain(part);
  });

  test.each([
    ['gzip', true],
    ['gzip, deflate, br, zstd', true],
    ['br;q=1.0, gzip;q=0.8', true],
    ['*', true],
    ['GZIP', true],
    ['gzip;q=0', false],
    ['gzip; q=0.000, identity', false],
    ['br', false],
    ['x-gzip-not', false],
    ['', false],
  ])('comes to whoever accepts "%s" compressed: %s', async (accepted, isCompressed) => {
    const plain = await ask('/docs');
    expect(plain.headers['vary']).toBe('Accept-Encoding');
    const reply = await ask('/docs', { 'accept-encoding': accepted });
    expect(reply.headers['vary']).toBe('Accept-Encoding');
    expect(reply.headers['content-encoding']).toBe(isCompressed ? 'gzip' : undefined);
    expect(reply.text).toBe(plain.text);
  });

  test('is answered without a body to a HEAD', async () => {
    expect(await ask('/docs', {}, 'HEAD')).toMatchObject({ status: 200, text: '' });
  });

  test.each(['constructor', 'page.js', '..%2Fpackage.json'])(
    'has no other file, such as %s',
    async (file) => {
      expect(await ask(`/docs/${file}`)).toMatchObject({
        status: 404,
        payload: { code: 'route_not_found' },
        headers: { 'cache-control': 'no-store' },
      });
    },
  );

  test('takes no parameters', async () => {
    const { status } = await call(docs, { route: 'GET /docs', query: { url: 'https://page.example' } });
    expect(status).toBe(400);
  });
});
