import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { z } from 'zod';
import type { Scope } from '../access/api-key.ts';
import type { ANY_KEY, PUBLIC } from '../access/caller.ts';
import {
  runStatement,
  runStatementOnce,
  runTxOnce,
  type Sql,
  type Statements,
  type Tx,
} from '../postgres/database.ts';
import {
  type Claim,
  fingerprint,
  keepReply,
  type Once,
  type OwnedKey,
  once,
  replay,
  type StoredReply,
  TAKEN,
} from '../postgres/idempotency.ts';
import { forOneStatement } from '../postgres/statement.ts';
import { describeError, logger } from '../runtime/log.ts';
import { withIdsAsNumbers } from '../wire/digits.ts';
import { canonicalJson } from '../wire/json.ts';
import { ok, type Refusal, type Result } from '../wire/refusal.ts';
import { readBody } from './body.ts';
import { type DryRun, isDryRun, tryOut } from './dry-run.ts';
import { readIdempotencyKey } from './idempotency-key.ts';
import type { Preferences } from './preferences.ts';
import { jsonReply, payloadReply, refusalReply, toStored } from './reply.ts';
import { readParameters, refuseQuery, validate } from './request.ts';
import {
  type Answer,
  type Guard,
  type HttpHandler,
  type RequestContext,
  serve,
  serveEveryone,
} from './serve.ts';
import { type Refreshing, refreshed, type Waiting, waited, workMsOf } from './wait.ts';

/** What makes a route's handler, with the definition that it is made of: the description of the API reads it. */
export type Route<Deps, Definition> = ((deps: Deps) => HttpHandler) & { readonly definition: Definition };

/** A GET: its input is the path's and the query's parameters. */
export interface Query<Input, Deps, Value> {
  /** Method and path, such as `GET /wallet/{walletId}`. */
  readonly route: `GET /${string}`;
  /** What a caller's key must be good for. */
  readonly scope: Scope | typeof ANY_KEY | typeof PUBLIC;
  readonly input: z.ZodType<Input>;
  answer(deps: Deps, input: Input, context: RequestContext): Promise<Result<Value>>;
  /** The reply to a success, where it is no JSON payload. */
  render?(value: Value, event: APIGatewayProxyEventV2): APIGatewayProxyStructuredResultV2;
}

/** A GET that is open to everyone. */
export type OpenQuery<Input, Value> = Omit<Query<Input, object, Value>, 'scope'>;

/** Does a command's work by way of a pool or a transaction. */
type Work<Handle, Input, Value, Path> = (
  handle: Handle,
  input: Input,
  context: RequestContext,
  path: Path,
) => Promise<Result<Value>>;

/** Does a command's work by one statement, which claims the idempotency key as well if it is given one. */
type Recorder<Input, Value, Path> = (
  sql: Statements,
  input: Input,
  context: RequestContext,
  path: Path,
  claim: Claim | undefined,
) => Promise<Result<Value> | typeof TAKEN>;

/**
 * What a POST does, whole or not at all, with an Idempotency-Key or without. Whatever takes a {@link Tx} can't be called
 * from `record` or `execute`, and a second statement there throws.
 */
type Effect<Input, Value, Path> =
  | {
      /** One statement, the idempotency key included. */ readonly record: Recorder<Input, Value, Path>;
      readonly execute?: never;
      readonly transact?: never;
    }
  | {
      /** One statement. */ readonly execute: Work<Statements, Input, Value, Path>;
      readonly record?: never;
      readonly transact?: never;
    }
  | {
      /** Several. */ readonly transact: Work<Tx, Input, Value, Path>;
      readonly record?: never;
      readonly execute?: never;
    };

/** A POST: its input is the body, and the path's parameters where it has any. */
export type Command<Input, Deps, Value, Path = unknown, Payload = unknown> = Effect<Input, Value, Path> & {
  /** Method and path, such as `POST /wallet`. */
  readonly route: `POST /${string}`;
  /** What a caller's key must be good for. */
  readonly scope: Scope;
  readonly input: z.ZodType<Input>;
  readonly path?: z.ZodType<Path>;
  /** The largest body, in bytes, where it is not the usual one. */
  readonly maxBodyBytes?: number;
  readonly payload: (value: Value) => Payload;
  /** A field of the payload that is told once: not to whoever repeats the request. Not of a `record`, which keeps all. */
  readonly secretField?: string;
  /** What follows the commit. It may fail: the relay does it later then. */
  afterCommit?(deps: Deps, value: Value): Promise<void>;
  /** The payload anew, where it changes: after what follows the commit, and when the reply is repeated. */
  refresh?(deps: Deps, payload: NoInfer<Payload>): Promise<NoInfer<Payload>>;
  /** How `Prefer: wait` waits for it. Without it nobody can wait. */
  readonly waiting?: Waiting<Deps, Value>;
  /** How `DryRun` tries it out. Whoever has none must not take the field. */
  readonly dryRun?: DryRun<NoInfer<Deps>, Input, Value, Path>;
};

/** Makes the handler of a GET. */
export function query<Input, Deps, Value>(
  definition: Query<Input, Deps, Value>,
): Route<Deps & Guard, Query<Input, Deps, Value>> {
  const handlerOf = (deps: Deps & Guard): HttpHandler =>
    serve(definition.scope, deps, (event, context) => answerQuery(definition, deps, event, context));
  return Object.assign(handlerOf, { definition });
}

/** Makes the handler of a GET that is open to everyone, and has no database. */
export function openQuery<Input, Value>(
  definition: OpenQuery<Input, Value>,
): Route<Pick<Guard, 'apiKeys'>, OpenQuery<Input, Value>> {
  const handlerOf = ({ apiKeys }: Pick<Guard, 'apiKeys'>): HttpHandler =>
    serveEveryone(apiKeys, (event, context) => answerQuery(definition, {}, event, context));
  return Object.assign(handlerOf, { definition });
}

async function answerQuery<Input, Deps, Value>(
  { input: schema, answer, render }: Omit<Query<Input, Deps, Value>, 'scope'>,
  deps: Deps,
  event: APIGatewayProxyEventV2,
  context: RequestContext,
): Promise<APIGatewayProxyStructuredResultV2> {
  const parameters = readParameters(event);
  const input = parameters.ok ? validate(schema, parameters.value) : parameters;
  const result = input.ok ? await answer(deps, input.value, context) : input;
  if (!result.ok) return refusalReply(result.refusal);
  return render?.(result.value, event) ?? payloadReply(result.value);
}

/** Makes the handler of a POST, with idempotency keys. */
export function command<Input, Deps, Value, Path = unknown, Payload = unknown>(
  definition: Command<Input, Deps, Value, Path, Payload>,
): Route<Deps & Guard, Command<Input, Deps, Value, Path, Payload>> {
  const workMs = ({ waitSeconds }: Preferences) =>
    definition.waiting ? workMsOf(waitSeconds) : Number.POSITIVE_INFINITY;
  const handlerOf = (deps: Deps & Guard): HttpHandler =>
    serve(definition.scope, deps, answerCommand(definition, deps), workMs);
  return Object.assign(handlerOf, { definition });
}

const answerCommand =
  <Input, Deps, Value, Path>(definition: Command<Input, Deps, Value, Path>, deps: Deps & Guard): Answer =>
  async (event, context) => {
    const body = readBody(event, definition.maxBodyBytes, definition.path !== undefined);
    if (!body.ok) return refusalReply(body.refusal);
    const value = context.preferences.amountsAsText ? withIdsAsNumbers(body.value) : body.value;
    const input = validate(definition.input, value);
    if (!input.ok) return refusalReply(input.refusal);
    const path = definition.path && validate(definition.path, event.pathParameters ?? {});
    if (path !== undefined && !path.ok) return refusalReply(path.refusal);
    const query = refuseQuery(event);
    if (!query.ok) return refusalReply(query.refusal);
    const key = readIdempotencyKey(event.headers);
    if (!key.ok) return refusalReply(key.refusal);

    const request = { input: input.value, context, path: path?.value as Path };
    if (isDryRun(input.value)) return await tryOut(definition, deps, request);
    if (key.value === undefined)
      return await finish(definition, deps, context, await perform(definition, deps.sql, request));
    const print = fingerprint(event.requestContext.http.method, event.rawPath, canonicalJson(body.value));
    const owned = { apiKeyId: context.apiKeyId, key: key.value };
    const attempt = await performOnce(definition, deps.sql, request, owned, print);
    switch (attempt.outcome) {
      case 'done':
        return await finish(definition, deps, context, attempt.value);
      case 'replayed': {
        const { reply, headers } = await asWaited(definition, deps, context, attempt.reply, undefined);
        const now = await refreshed(definition, deps, reply);
        return jsonReply(now, { ...headers, 'Idempotency-Replayed': 'true' });
      }
      case 'reused':
        return refusalReply(REUSED_KEY);
    }
  };

/** A command's request, read and checked. */
export interface Requested<Input, Path> {
  readonly input: Input;
  readonly context: RequestContext;
  readonly path: Path;
}

/** A command's result, and the reply to it. */
interface Performed<Value> {
  readonly result: Result<Value>;
  readonly reply: StoredReply;
}

async function perform<Input, Deps, Value, Path>(
  { record, execute, transact, payload }: Command<Input, Deps, Value, Path>,
  sql: Sql,
  { input, context, path }: Requested<Input, Path>,
): Promise<Performed<Value>> {
  if (transact) return performed(await runTxOnce(sql, (tx) => transact(tx, input, context, path)), payload);
  const result = await runStatementOnce(() => {
    const statement = forOneStatement(sql);
    return execute
      ? execute(statement, input, context, path)
      : record(statement, input, context, path, undefined);
  });
  if (result === TAKEN) throw new Error('a key was taken that nobody claimed');
  return performed(result, payload);
}

/** The same, once for the key. */
async function performOnce<Input, Deps, Value, Path>(
  { record, execute, transact, payload, secretField }: Command<Input, Deps, Value, Path>,
  sql: Sql,
  { input, context, path }: Requested<Input, Path>,
  owned: OwnedKey,
  print: Buffer,
): Promise<Once<Performed<Value>>> {
  if (record) {
    const reply = (kept: unknown) => toStored(ok(kept), (value) => value);
    const claim = { ...owned, print, reply };
    const result = await runStatement(() => record(forOneStatement(sql), input, context, path, claim));
    if (result === TAKEN) return await replay(sql, owned, print);
    const value = performed(result, payload);
    const isDone = result.ok || (await keepReply(sql, claim, value.reply));
    return isDone ? { outcome: 'done', value } : await replay(sql, owned, print);
  }
  const work = execute ?? transact;
  return await once(sql, owned, print, async (tx) =>
    performed(await work(tx, input, context, path), payload, secretField),
  );
}

const performed = <Value>(
  result: Result<Value>,
  payload: (value: Value) => unknown,
  secretField?: string,
): Performed<Value> => ({ result, reply: toStored(result, payload, secretField) });

const REUSED_KEY: Refusal = {
  code: 'idempotency_key_reused',
  error: 'this Idempotency-Key was used with another request: use a new key for a new request',
};

/** What follows a command's commit. */
type Following<D, Value> = Pick<Command<unknown, D, Value>, 'afterCommit' | 'waiting'> & Refreshing<D>;

async function finish<Deps, Value>(
  definition: Following<Deps, Value>,
  deps: Deps,
  context: RequestContext,
  { result, reply: short }: Performed<Value>,
): Promise<APIGatewayProxyStructuredResultV2> {
  if (!result.ok) return jsonReply(short);
  const [{ reply, headers }] = await Promise.all([
    asWaited(definition, deps, context, short, result.value),
    definition.afterCommit?.(deps, result.value).catch((error: unknown) => {
      logger.warn('left to the relay', { error: describeError(error) });
    }),
  ]);
  return jsonReply(await refreshed(definition, deps, reply), headers);
}

/**
 * The reply to an accepted command, waited for as long as the request prefers; a refusal has nothing to wait for. Whoever may
 * not read the outcome is answered as without the preference.
 */
async function asWaited<Deps, Value>(
  { waiting }: Following<Deps, Value>,
  deps: Deps,
  context: RequestContext,
  reply: StoredReply,
  value: Value | undefined,
): Promise<{ readonly reply: StoredReply; readonly headers: Record<string, string> }> {
  const { waitSeconds } = context.preferences;
  if (waiting === undefined || waitSeconds === undefined || reply.status !== 200)
    return { reply, headers: {} };
  if (!context.mayAlso(waiting.scope)) return { reply, headers: {} };
  return await waited(waiting, deps, reply, value, waitSeconds, context);
}
