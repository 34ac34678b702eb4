import type * as z from 'zod';
import type { Access } from '../lib/access/caller.ts';
import type { HttpHandler } from '../lib/http/serve.ts';
import type { RefusalCode, Result } from '../lib/wire/refusal.ts';

/** The headings under which a reference lists the routes. */
export const TAGS = {
  Currencies: 'Rates, in USD per unit, and conversions.',
  Wallets: 'Wallets and their balances.',
  Transactions: 'Money that comes in, moves and is given back.',
  Holds: 'Amounts that are reserved until they are captured, released or over.',
  Reports: 'What happened in a wallet.',
  Webhooks: 'Addresses that events are posted to.',
  Keys: 'Who may call, and for what.',
  Service: 'Whether the system works, and what describes it.',
} as const;

/** What a route's definition says of itself. */
interface Definition {
  readonly route: string;
  readonly scope?: Access;
  readonly input: z.ZodType;
  readonly path?: z.ZodType;
}

/** What is said of a route besides. */
interface Words<Payload> {
  /** Its function in serverless.yml. */
  readonly operationId: string;
  readonly tag: keyof typeof TAGS;
  readonly summary: string;
  readonly description?: string;
  /** The schema of the reply's payload. */
  readonly reply: z.ZodType<Payload>;
  /** What it refuses besides what every route does. */
  readonly refusals?: readonly RefusalCode[];
}

/** A route with all that a description says of it. */
export interface Described {
  readonly operationId: string;
  readonly tag: keyof typeof TAGS;
  readonly summary: string;
  readonly description: string;
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly scope: Access | undefined;
  /** Of the query and the path of a GET, of the body of a POST. */
  readonly input: z.ZodType;
  readonly pathInput: z.ZodType | undefined;
  /** Of the payload; null if the reply is a file without an envelope. */
  readonly reply: z.ZodType | null;
  /** Of a reply without an envelope. */
  readonly fileType: 'text/csv' | 'application/json';
  readonly refusals: readonly RefusalCode[];
  /** Whether `Prefer: wait=N` waits until it is settled. */
  readonly waits: boolean;
  /** Makes the handler, for what tries the description out. */
  readonly handlerOf: (deps: never) => HttpHandler;
}

type Made<D> = ((deps: never) => HttpHandler) & { readonly definition: D };

/** Describes a GET. The reply's schema must be one of what the route answers, or this does not compile. */
export function get<Payload>(
  route: Made<Definition & { answer(deps: never, input: never, context: never): Promise<Result<Payload>> }>,
  words: Words<Payload>,
): Described {
  return described(route, words, { reply: words.reply });
}

/** Describes a GET whose reply is a file. */
export function getFile(
  route: Made<Definition>,
  words: Omit<Words<unknown>, 'reply'> & Pick<Described, 'fileType'>,
): Described {
  return described(route, words, { reply: null, fileType: words.fileType });
}

/**
 * Describes a POST. The reply's schema must be one of what the route answers, or this does not compile.
 *
 * @param body its body, if the definition's input does not look into it
 */
export function post<Payload>(
  route: Made<Definition & { payload(value: never): Payload }>,
  words: Words<Payload> & { readonly body?: z.ZodType; readonly waits?: boolean },
): Described {
  return described(route, words, {
    reply: words.reply,
    waits: words.waits ?? false,
    ...(words.body === undefined ? {} : { input: words.body }),
  });
}

function described(
  route: Made<Definition>,
  words: Omit<Words<unknown>, 'reply'>,
  more: Pick<Described, 'reply'> & Partial<Described>,
): Described {
  const { operationId, tag, summary, description = '', refusals = [] } = words;
  const { definition } = route;
  const [method = '', path = ''] = definition.route.split(' ');
  return {
    ...{ operationId, tag, summary, description, refusals, path },
    method: method === 'POST' ? 'post' : 'get',
    scope: definition.scope,
    input: definition.input,
    pathInput: definition.path,
    waits: false,
    fileType: 'application/json',
    handlerOf: route,
    ...more,
  };
}
