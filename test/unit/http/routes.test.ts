import { describe, expect, test } from 'vitest';
import { methodsOf } from '../../../lib/http/routes.ts';

describe('the methods of a path', () => {
  test.each([
    ['/wallet', ['POST']],
    ['/wallet/1', ['GET', 'HEAD']],
    ['/wallet/not-a-number', ['GET', 'HEAD']],
    ['/hold', ['POST']],
    ['/hold/1', ['GET', 'HEAD']],
    ['/hold/1/capture', ['POST']],
    ['/operations/file/1', ['GET', 'HEAD']],
    ['/convert_amount/1/EUR/USD', ['GET', 'HEAD']],
    ['/health', ['GET', 'HEAD']],
    ['/live', ['GET', 'HEAD']],
    ['/openapi.json', ['GET', 'HEAD']],
    ['/docs', ['GET', 'HEAD']],
    ['/docs/page.js', ['GET', 'HEAD']],
  ])('%s are %j', (path, methods) => {
    expect(methodsOf(path)).toEqual(methods);
  });

  test.each([
    '/',
    '',
    '/nothing',
    '/wallet/',
    '/wallet/1/',
    '/wallet/1/2',
    '/Wallet',
    '/wallets/1',
    '/hold/1/x',
    '//health',
    '/openapi-json',
  ])('%s has none', (path) => {
    expect(methodsOf(path)).toEqual([]);
  });
});
