import { describe, expect, test } from 'vitest';
import { createRouter } from '../../../localstack/lambda/routes.ts';
import type { FunctionDefinition } from '../../../localstack/lambda/service.ts';

const definition = (name: string, method: string, path: string): FunctionDefinition => ({
  ...{ name, file: name, exported: 'handler', timeoutMs: 1_000, memoryMb: 128, environment: {} },
  events: [{ kind: 'route', method, path, isAuthorized: true }],
});

const route = createRouter([
  definition('operations', 'GET', '/operations/{walletId}'),
  definition('file', 'GET', '/operations/file/{walletId}'),
  definition('special', 'GET', '/operations/special'),
  definition('receive', 'POST', '/receive_amount'),
  definition('default', '*', '*'),
]);

const found = (method: string, path: string) => {
  const target = route(method, path);
  return [target?.definition.name, target?.routeKey, target?.parameters];
};

describe('the router of the local HTTP API', () => {
  test('hands parameters of the path on, decoded', () => {
    expect(found('GET', '/operations/7')).toEqual([
      'operations',
      'GET /operations/{walletId}',
      { walletId: '7' },
    ]);
    expect(found('GET', '/operations/a%20b')[2]).toEqual({ walletId: 'a b' });
    expect(found('GET', '/operations/file/7')).toEqual([
      'file',
      'GET /operations/file/{walletId}',
      { walletId: '7' },
    ]);
  });

  test('hands a part that is no percent-encoding on as it is', () => {
    expect(found('GET', '/operations/%zz')[2]).toEqual({ walletId: '%zz' });
  });

  test('prefers a route without parameters', () => {
    expect(found('GET', '/operations/special')).toEqual(['special', 'GET /operations/special', undefined]);
  });

  test.each([
    ['another method', 'GET', '/receive_amount'],
    ['a slash at the end', 'POST', '/receive_amount/'],
    ['an empty parameter', 'GET', '/operations/'],
    ['an unknown path', 'GET', '/nothing'],
    ['another case', 'GET', '/Operations/7'],
  ])('sends %s to the default route', (_what, method, path) => {
    expect(found(method, path)).toEqual(['default', '$default', undefined]);
  });

  test('finds nothing without a default route', () => {
    expect(createRouter([definition('receive', 'POST', '/receive_amount')])('GET', '/')).toBeUndefined();
  });
});
