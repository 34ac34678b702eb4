import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Cors } from './cors.ts';

/** Reading serverless.yml takes two seconds, and some ten times as long on a busy machine. */
const READ_LIMIT_MS = 120_000;

/** More than the whole service has as JSON. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Lambda's own timeout, where neither the function nor the provider names one. */
const DEFAULT_TIMEOUT_SECONDS = 6;

const route = z.union([
  z.string().transform((text) => {
    const [method = '*', path = '*'] = text.split(' ');
    return { method, path, isAuthorized: false };
  }),
  z
    .object({ method: z.string(), path: z.string(), authorizer: z.object({ name: z.string() }).optional() })
    .transform(({ method, path, authorizer }) => ({ method, path, isAuthorized: authorizer !== undefined })),
]);

const event = z.union([
  z.object({ httpApi: route }).transform(({ httpApi }) => ({ kind: 'route' as const, ...httpApi })),
  z
    .object({ schedule: z.string() })
    .transform(({ schedule }) => ({ kind: 'schedule' as const, rate: schedule })),
  z
    .object({ eventBridge: z.object({ pattern: z.record(z.string(), z.unknown()) }) })
    .transform(({ eventBridge }) => ({ kind: 'pattern' as const, pattern: eventBridge.pattern })),
  z.looseObject({ sqs: z.unknown() }).transform(() => ({ kind: 'queue' as const })),
]);

const oneOrMore = z.union([z.string().transform((text) => [text]), z.array(z.string())]);

/** `cors: true`, or what differs from it; the framework fills in the same. */
const corsSchema = z.union([
  z.boolean(),
  z.object({
    allowedOrigins: oneOrMore.optional(),
    allowedHeaders: oneOrMore.optional(),
    allowedMethods: oneOrMore.optional(),
    exposedResponseHeaders: oneOrMore.optional(),
    allowCredentials: z.boolean().optional(),
    maxAge: z.number().optional(),
  }),
]);

const DEFAULT_CORS_HEADERS = [
  ...['Content-Type', 'X-Amz-Date', 'Authorization', 'X-Api-Key'],
  ...['X-Amz-Security-Token', 'X-Amz-User-Agent', 'X-Amzn-Trace-Id'],
];

/** What a route of every method allows. */
const ALL_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'OPTIONS', 'HEAD', 'DELETE'];

const environment = z.record(z.string(), z.coerce.string()).default({});

const serviceSchema = z.object({
  provider: z.object({
    timeout: z.number().default(DEFAULT_TIMEOUT_SECONDS),
    memorySize: z.number().default(1024),
    environment,
    httpApi: z.object({
      authorizers: z
        .record(z.string(), z.object({ functionName: z.string() }))
        .refine((all) => Object.keys(all).length < 2, 'more than one authorizer does not run here'),
      cors: corsSchema.optional(),
    }),
  }),
  functions: z.record(
    z.string(),
    z.object({
      name: z.string(),
      handler: z.string().regex(/^[\w/-]+\.\w+$/),
      timeout: z.number().optional(),
      memorySize: z.number().optional(),
      environment,
      events: z.array(event),
    }),
  ),
});

/** A function as serverless.yml has it, with everything resolved. */
export interface FunctionDefinition {
  /** Its name in AWS, such as `my-little-ps-local-relay`. */
  readonly name: string;
  /** The file, without its ending, and what it exports. */
  readonly file: string;
  readonly exported: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly events: readonly z.infer<typeof event>[];
}

export interface Service {
  readonly functions: readonly FunctionDefinition[];
  /** The function that says who calls. */
  readonly authorizer: { readonly functionName: string } | undefined;
  /** Which pages browsers let in; undefined for none. */
  readonly cors?: Cors | undefined;
}

/**
 * Reads serverless.yml the way a deployment does, parameters and the functions' settings included.
 *
 * @throws Error with the framework's own words where it refuses the file, or a sentence for what does not run here
 */
export async function readService(stage: string, folder: string, env: NodeJS.ProcessEnv): Promise<Service> {
  const command = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
  const args = [command, 'print', '--format', 'json', '--stage', stage];
  const options = { cwd: folder, env, timeout: READ_LIMIT_MS, maxBuffer: MAX_BYTES };
  const { stdout } = await promisify(execFile)(process.execPath, args, options).catch((error: unknown) => {
    const { stderr = '', stdout: said = '' } = error as { stderr?: string; stdout?: string };
    throw new Error(`serverless.yml can't be read: ${`${stderr}${said}`.trim() || String(error)}`);
  });
  const parsed = serviceSchema.safeParse(JSON.parse(stdout));
  if (!parsed.success)
    throw new Error(`serverless.yml has what can't run here: ${z.prettifyError(parsed.error)}`);
  return toService(parsed.data);
}

function toService({ provider, functions }: z.infer<typeof serviceSchema>): Service {
  const [authorizer] = Object.values(provider.httpApi.authorizers);
  const named = authorizer && functions[authorizer.functionName];
  return {
    functions: Object.values(functions).map((each) => ({
      name: each.name,
      file: each.handler.replace(/\.\w+$/, ''),
      exported: each.handler.replace(/^.*\./, ''),
      timeoutMs: (each.timeout ?? provider.timeout) * 1_000,
      memoryMb: each.memorySize ?? provider.memorySize,
      environment: { ...provider.environment, ...each.environment },
      events: each.events,
    })),
    authorizer: named && { functionName: named.name },
    cors: toCors(provider.httpApi.cors, Object.values(functions)),
  };
}

function toCors(
  given: z.infer<typeof corsSchema> | undefined,
  functions: readonly { readonly events: FunctionDefinition['events'] }[],
): Cors | undefined {
  if (given === undefined || given === false) return undefined;
  const cors = given === true ? {} : given;
  const routes = functions.flatMap(({ events }) => events.filter((each) => each.kind === 'route'));
  const methods = routes.flatMap(({ method }) =>
    isEveryMethod(method) ? ALL_METHODS : [method.toUpperCase()],
  );
  return {
    allowedOrigins: cors.allowedOrigins ?? ['*'],
    allowedHeaders: cors.allowedHeaders ?? DEFAULT_CORS_HEADERS,
    allowedMethods: cors.allowedMethods ?? [...new Set(['OPTIONS', ...methods])],
    exposedHeaders: cors.exposedResponseHeaders ?? [],
    allowCredentials: cors.allowCredentials ?? false,
    maxAge: cors.maxAge,
  };
}

/** Whether serverless.yml's word for a route's method stands for every method. */
export function isEveryMethod(method: string): boolean {
  return method === '*' || method.toUpperCase() === 'ANY';
}
