import { describe, expect, test } from 'vitest';
import { createRouter } from '../../../localstack/lambda/routes.ts';
import type { FunctionDefinition } from '../../../localstack/lambda/service.ts';

const definition = (name: string, method: string, path: string): FunctionDefinition => ({
  ...{ name, file: name, exported: 'handler', timeoutMs: 1_000, memoryMb: 128, environment: {} },
  events: [{ kind: 'route', method, path, isAuthorized: true }],
});

const route = createRouter([
  definition('anyPet', 'ANY', '/pets/{petId}'),
  definition('headPet', 'head', '/pets/{petId}'),
  definition('rest', '*', '/pets/{proxy+}'),
  definition('deepRest', 'POST', '/pets/{petId}/{rest+}'),

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

  test.each([
    ['HEAD', '/pets/6', 'headPet', 'HEAD /pets/{petId}'],
    ['GET', '/pets/6', 'anyPet', 'ANY /pets/{petId}'],
    ['PUT', '/pets/6', 'anyPet', 'ANY /pets/{petId}'],
  ])('prefers the route that names the method: %s %s goes to %s', (method, path, name, key) => {
    expect(found(method, path)).toEqual([name, key, { petId: '6' }]);
  });

  test('hands the rest of a path on as one parameter, to the longest path that takes it', () => {
    expect(found('GET', '/pets/6/a%20b/c')).toEqual(['rest', 'ANY /pets/{proxy+}', { proxy: '6/a b/c' }]);
    expect(found('POST', '/pets/6/a/b')).toEqual([
      'deepRest',
      'POST /pets/{petId}/{rest+}',
      { petId: '6', rest: 'a/b' },
    ]);
    expect(found('GET', '/pets/')).toEqual(['default', '$default', undefined]);
  });

  test.each(['HEAD', 'OPTIONS', 'PUT', 'DELETE'])(
    'sends %s of a path of GET alone to the default route',
    (method) => {
      expect(found(method, '/operations/7')).toEqual(['default', '$default', undefined]);
    },
  );

  test('finds nothing without a default route', () => {
    expect(createRouter([definition('receive', 'POST', '/receive_amount')])('GET', '/')).toBeUndefined();
  });
});
