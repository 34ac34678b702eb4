import type { Scope } from '../../../lib/access/api-key.ts';
import { contextOf } from '../../../lib/access/caller.ts';

export const CALLER_ID = '3f0c8a52-6a52-4c86-9a5c-0f3f5a3a7a10';

/** What the authorizer tells of a caller with a key for these scopes. */
export const callerWith = (scopes: readonly Scope[], id = CALLER_ID, limit?: number) =>
  contextOf({ id, name: 'example', owner: 'example', scopes, ...(limit === undefined ? {} : { limit }) });
