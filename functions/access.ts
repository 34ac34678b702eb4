import * as z from 'zod';
import { apiKeys } from '../lib/access/caller.ts';
import { keyName, keyOwner, keyScopes } from '../lib/access/key-fields.ts';
import * as keys from '../lib/access/keys.ts';
import { MAX_REQUESTS_PER_SECOND } from '../lib/access/rate-limit.ts';
import { database } from '../lib/aws/database.ts';
import { eachRoute } from '../lib/http/each-route.ts';
import { command, query } from '../lib/http/route.ts';
import type { Sql } from '../lib/postgres/database.ts';
import { entry } from '../lib/runtime/entry.ts';
import { logger } from '../lib/runtime/log.ts';
import { countGiven, optionalCount, uuid } from '../lib/wire/fields.ts';

interface Deps {
  readonly sql: Sql;
}

const change = {
  scope: 'admin',
  path: z.strictObject({ keyId: uuid }),
  payload: (key: keys.KeyView) => key,
} as const;

export const getOwnKey = query({
  route: 'GET /key',
  scope: 'any key',
  input: z.strictObject({}),
  answer: ({ sql }: Deps, _input, { apiKeyId }) => keys.getOwnKey(sql, apiKeyId),
});

export const listKeys = query({
  route: 'GET /keys',
  scope: 'admin',
  input: z.strictObject({}),
  answer: ({ sql }: Deps) => keys.listAllKeys(sql),
});

export const createKey = command({
  route: 'POST /keys',
  scope: 'admin',
  input: z.strictObject({
    Name: keyName,
    Scopes: keyScopes,
    Owner: keyOwner,
    ExpiresInDays: optionalCount(1, keys.MAX_EXPIRY_DAYS),
    RequestsPerSecond: optionalCount(1, MAX_REQUESTS_PER_SECOND),
  }),
  transact: (tx, { Name, Scopes, Owner, ExpiresInDays, RequestsPerSecond }, { newId }) =>
    keys.makeKey(
      tx,
      newId(),
      {
        ...{ name: Name, scopes: Scopes, owner: Owner },
        ...{ expiresInDays: ExpiresInDays, requestsPerSecond: RequestsPerSecond },
      },
      new Date(),
    ),
  payload: (key) => key,
  secretField: 'Key',
  // The path in the audit line names the others: this id is new.
  afterCommit: (_deps: Deps, { KeyId }) => {
    logger.info('keys', { command: 'create', madeApiKeyId: KeyId });
    return Promise.resolve();
  },
});

export const limitKey = command({
  route: 'POST /key/{keyId}/limit',
  ...change,
  input: z.strictObject({ RequestsPerSecond: countGiven(1, MAX_REQUESTS_PER_SECOND).nullable() }),
  transact: (tx, { RequestsPerSecond }, _context, { keyId }) => keys.limitKey(tx, keyId, RequestsPerSecond),
});

export const revokeKey = command({
  route: 'POST /key/{keyId}/revoke',
  ...change,
  input: z.strictObject({}),
  transact: (tx, _body, _context, { keyId }) => keys.revokeUnlessLast(tx, keyId),
});

export const handle = entry(
  database,
  apiKeys,
)((deps) => eachRoute<typeof deps>(getOwnKey, listKeys, createKey, limitKey, revokeKey)(deps));
