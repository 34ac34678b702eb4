import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import type { Refusal } from '../wire/refusal.ts';
import { SCOPES, type Scope } from './api-key.ts';

/** Whether requests need an API key. */
export type ApiKeys = 'required' | 'off';

/** What every route needs to know (see lib/runtime/entry.ts). */
export const apiKeys = {
  setting: 'API_KEYS',
  open: (needed: ApiKeys) => ({ apiKeys: needed }),
} as const;

/** The route is open to everyone. */
export const PUBLIC = 'public';

/** The route takes any valid key. */
export const ANY_KEY = 'any key';

/** What a route asks of its callers. */
export type Access = Scope | typeof PUBLIC | typeof ANY_KEY;

/** Who makes a request. */
export interface Caller {
  /** The API key's id. */
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Within whose requests a reference is unique: several keys may have one owner. */
  readonly owner: string;
  /** Requests a second; none is no limit. */
  readonly limit?: number | undefined;
}

/** No key's id: it stands for callers without one, where none is asked for. */
export const NO_KEY_ID = '00000000-0000-0000-0000-000000000000';

/** Who calls a system that asks for no keys. */
const LOCAL: Caller = { id: NO_KEY_ID, name: 'local', scopes: ['admin'], owner: '' };

const scopes = z.array(z.enum(SCOPES)).min(1);

/** What the authorizer tells the handlers, as API Gateway hands it on: texts only. */
const granted = z.object({
  access: z.literal('granted'),
  apiKeyId: z.uuid(),
  name: z.string(),
  owner: z.string(),
  scopes: z
    .string()
    .transform((text) => text.split(' '))
    .pipe(scopes),
  limit: z
    .stringFormat('digits', /^[1-9]\d{0,4}$/)
    .transform(Number)
    .optional(),
});

export type AccessContext = Readonly<z.input<typeof granted>> | { readonly access: 'unauthenticated' };

/** What the authorizer tells of a good key. */
export function contextOf({ id, name, owner, scopes: all, limit }: Caller): AccessContext {
  const context = { access: 'granted', apiKeyId: id, name, owner, scopes: all.join(' ') } as const;
  return limit === undefined ? context : { ...context, limit: String(limit) };
}

export const UNAUTHENTICATED: AccessContext = { access: 'unauthenticated' };

/** Who makes a request: undefined where it is nobody with a good key, or the authorizer was not asked. */
export function callerOf(event: APIGatewayProxyEventV2, apiKeys: ApiKeys): Caller | undefined {
  if (apiKeys === 'off') return LOCAL;
  const { authorizer } = event.requestContext as { readonly authorizer?: { readonly lambda?: unknown } };
  const context = granted.safeParse(authorizer?.lambda);
  if (!context.success) return undefined;
  const { apiKeyId: id, name, owner, scopes: all, limit } = context.data;
  return { id, name, owner, scopes: all, limit };
}

/** Why a caller may not do what a route does; undefined where it may. */
export function accessRefusal(caller: Caller | undefined, needed: Access): Refusal | undefined {
  if (needed === PUBLIC) return undefined;
  if (caller === undefined) return NO_KEY;
  if (needed === ANY_KEY || caller.scopes.includes(needed) || caller.scopes.includes('admin'))
    return undefined;
  return { code: 'forbidden', error: `this API key may not do that: it lacks the scope ${needed}` };
}

/** One sentence, whatever was wrong: it helps nobody to guess. */
export const NO_KEY: Refusal = {
  code: 'unauthorized',
  error: 'a valid API key is needed, as "Authorization: Bearer <key>"',
};
