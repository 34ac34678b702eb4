import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire, isBuiltin } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { BundledService } from '../../support/bundles/bundled-service.ts';

/** What a function may weigh, zipped. */
const MAX_ZIP_BYTES = 1_000_000;

/** What code asks for and does without: the native client of the migrations' driver, and S3's signer for all regions. */
const OPTIONAL = ['pg-native', '@aws-sdk/signature-v4-crt'];

/** What is in the zips and in the template, and what is not. */
export function testContents(service: () => BundledService): void {
  test('leaves nothing of a bundle to node_modules, and there are none', async () => {
    for (const { folder, module } of service().functions.values()) {
      const file = join(folder, `${module}.cjs`);
      expect(() => createRequire(file).resolve('zod')).toThrow('Cannot find module');
      const asked = (await readFile(file, 'utf8')).matchAll(/\b(?:require|import)\("([^"]+)"\)/g);
      const foreign = new Set([...asked].map(([, name = '']) => name).filter((name) => !isBuiltin(name)));
      expect([...foreign].filter((name) => !OPTIONAL.includes(name))).toEqual([]);
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

  test('closes every route of the stack but GET /health to who has no key', () => {
    const resources: any[] = Object.values(service().template.Resources);
    const ofType = (type: string) => resources.filter(({ Type }) => Type === type);
    const routes = ofType('AWS::ApiGatewayV2::Route').map(({ Properties }) => Properties);
    expect(routes.map(({ RouteKey }) => RouteKey)).toContain('$default');
    const open = routes.filter(({ AuthorizationType }) => AuthorizationType !== 'CUSTOM');
    expect(open.map(({ RouteKey }) => RouteKey)).toEqual(['GET /health']);
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

  test('leaves out of a bundle what its function does not use', async () => {
    const codes = new Map<string, string>();
    for (const { name, folder, module } of service().functions.values())
      codes.set(name, await readFile(join(folder, `${module}.cjs`), 'utf8'));
    const having = (part: string) =>
      [...codes].filter(([, code]) => code.includes(part)).map(([name]) => name);
    expect(having('CreateMultipartUpload')).toEqual(['downloadOperations']);
    expect(having('SendMessageBatch')).toContain('transferAmount');
    expect(having('SendMessageBatch')).not.toContain('getWallet');
    expect(having('GetSecretValue')).toEqual(['migrate']);
    // zod in Spanish: `import * as z`, not `import { z }`, leaves its forty languages out.
    expect(having('se esperaba')).toEqual([]);
  });
}
