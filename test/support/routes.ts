import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

/** A route as serverless.yml has it: `GET /wallet/{walletId}`, or `*` for what no other takes. */
export interface Route {
  readonly name: string;
  readonly hasAuthorizer: boolean;
}

type HttpApi = string | { readonly method: string; readonly path: string; readonly authorizer?: unknown };

interface Service {
  readonly functions: Readonly<
    Record<string, { readonly events?: readonly { readonly httpApi?: HttpApi }[] }>
  >;
}

/** As much as `serverless print` prints: the whole configuration, some 100 kilobytes. */
const MAX_BYTES = 10_000_000;

/** Every route of serverless.yml, as the framework reads it. */
export async function routesOfService(): Promise<Route[]> {
  const { stdout } = await promisify(execFile)(
    resolve('node_modules/.bin/serverless'),
    ['print', '--stage', 'local', '--format', 'json'],
    { maxBuffer: MAX_BYTES, env: { ...process.env, SLS_DEPRECATION_DISABLE: '*' } },
  );
  const { functions } = JSON.parse(stdout.slice(stdout.indexOf('{'))) as Service;
  const events = Object.values(functions).flatMap((definition) => definition.events ?? []);
  return events.flatMap(({ httpApi }) => {
    if (httpApi === undefined) return [];
    if (typeof httpApi === 'string') return [{ name: httpApi, hasAuthorizer: false }];
    const name = httpApi.path === '*' ? '*' : `${httpApi.method} ${httpApi.path}`;
    return [{ name, hasAuthorizer: httpApi.authorizer !== undefined }];
  });
}
