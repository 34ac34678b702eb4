import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire, isBuiltin } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { OPEN_ROUTES } from '../../fixtures/open-routes.ts';
import type { BundledService } from '../../support/bundles/bundled-service.ts';

/** Largest size of a function's zip. */
const MAX_ZIP_BYTES = 1_000_000;

/** Optional modules that code requires but works without: `pg`'s native client, and S3's multi-region signer. */
const OPTIONAL = ['pg-native', '@aws-sdk/signature-v4-crt'];

/** Tests the contents of the zips and of the template. */
export function testContents(service: () => BundledService): void {
  test('makes bundles that need no node_modules', async () => {
    for (const { folder, module } of service().functions.values()) {
      const file = join(folder, `${module}.cjs`);
      expect(() => createRequire(file).resolve('zod')).toThrow('Cannot find module');
      const imports = (await readFile(file, 'utf8')).matchAll(/\b(?:require|import)\("([^"]+)"\)/g);
      const external = new Set([...imports].map(([, name = '']) => name).filter((name) => !isBuiltin(name)));
      expect([...external].filter((name) => !OPTIONAL.includes(name))).toEqual([]);
    }
  });

  test('makes a small zip for every function, with the source map beside the code', async () => {
    const zips = (await readdir(service().target)).filter((file) => file.endsWith('.zip'));
    expect(zips.sort()).toEqual([...service().functions.keys()].map((name) => `${name}.zip`).sort());
    for (const { name, folder, module, zipBytes } of service().functions.values()) {
      expect(zipBytes, name).toBeLessThan(MAX_ZIP_BYTES);
      expect(existsSync(join(folder, `${module}.cjs.map`)), name).toBe(true);
    }
  });

  test('gives every route of the stack except the open ones the authorizer', () => {
    const resources: any[] = Object.values(service().template.Resources);
    const ofType = (type: string) => resources.filter(({ Type }) => Type === type);
    const routes = ofType('AWS::ApiGatewayV2::Route').map(({ Properties }) => Properties);
    expect(routes.map(({ RouteKey }) => RouteKey)).toContain('$default');
    const open = routes.filter(({ AuthorizationType }) => AuthorizationType !== 'CUSTOM');
    expect(open.map(({ RouteKey }) => RouteKey).toSorted()).toEqual(OPEN_ROUTES);
    expect(ofType('AWS::ApiGatewayV2::Authorizer').map(({ Properties }) => Properties)).toMatchObject([
      {
        ...{ AuthorizerType: 'REQUEST', AuthorizerPayloadFormatVersion: '2.0', EnableSimpleResponses: true },
        ...{ IdentitySource: ['$request.header.Authorization'], AuthorizerResultTtlInSeconds: 60 },
      },
    ]);
    const settings = ofType('AWS::Lambda::Function').map(
      ({ Properties }) => Properties.Environment.Variables.API_KEYS,
    );
    expect(new Set(settings)).toEqual(new Set(['required']));
  });

  test('leaves code that a function does not use out of its bundle', async () => {
    const codes = new Map<string, string>();
    for (const { name, folder, module } of service().functions.values())
      codes.set(name, await readFile(join(folder, `${module}.cjs`), 'utf8'));
    const having = (part: string) =>
      [...codes].filter(([, code]) => code.includes(part)).map(([name]) => name);
    expect(having('CreateMultipartUpload')).toEqual(['downloadOperations']);
    expect(having('SendMessageBatch')).toContain('transferAmount');
    expect(having('SendMessageBatch')).not.toContain('getWallet');
    expect(having('GetSecretValue')).toEqual(['migrate']);
    // zod's Spanish messages: `import * as z`, not `import { z }`, leaves its forty languages out.
    expect(having('se esperaba')).toEqual([]);
  });
}
