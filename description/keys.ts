import * as z from 'zod';
import * as routes from '../functions/access.ts';
import { SCOPES } from '../lib/access/api-key.ts';
import { type KeyView, type KeyWithSecret, MAX_KEYS, type OwnKeyView } from '../lib/access/keys.ts';
import { type Described, get, post } from './described.ts';
import { integer, time, uuid } from './field-schemas.ts';

const scopes = z
  .array(z.enum(SCOPES))
  .readonly()
  .meta({ description: 'What it is good for; `admin` includes all others.' });

const requestsPerSecond = integer('Requests a second that it may make; null for no limit.').nullable();

const expiresAt = time('When it is over; null if it lasts until it is revoked').nullable();

const ownKey = z
  .strictObject({
    KeyId: uuid("The key's id; null on a system that requires no keys.").nullable(),
    Name: z.string().nullable(),
    Scopes: scopes,
    RequestsPerSecond: requestsPerSecond,
    ExpiresAt: expiresAt,
  })
  .meta({ id: 'OwnKey', description: 'The key of the request.' }) satisfies z.ZodType<OwnKeyView>;

const fields = {
  KeyId: uuid("The key's id, by which logs name it."),
  Name: z.string(),
  Owner: z.string().meta({ description: 'Whose it is: keys of one owner share their references.' }),
  Shown: z.string().meta({ description: "The key's first characters, to know it by." }),
  Status: z.enum(['active', 'expired', 'revoked']),
  Scopes: scopes,
  RequestsPerSecond: requestsPerSecond,
  CreatedAt: time('When it was made'),
  ExpiresAt: expiresAt,
  LastUsedAt: time('When it was last used, noted once a minute').nullable(),
  RevokedAt: time('When it was revoked').nullable(),
};

const key = z
  .strictObject(fields)
  .meta({ id: 'ApiKey', description: 'An API key, without the key.' }) satisfies z.ZodType<KeyView>;

const keyWithSecret = z
  .strictObject({
    ...fields,
    Key: z.string().meta({
      description: 'The key: `mlps_…`. It is told this once: a repeated request gets it not.',
    }),
  })
  .meta({ id: 'ApiKeyWithSecret' }) satisfies z.ZodType<KeyWithSecret>;

/** The routes of API keys. */
export const keys: readonly Described[] = [
  get(routes.getOwnKey, {
    operationId: 'getOwnKey',
    tag: 'Keys',
    summary: 'What the key of the request is good for',
    description: 'Any key may ask. A system that requires none answers with all scopes.',
    reply: ownKey,
  }),
  get(routes.listKeys, {
    operationId: 'listKeys',
    tag: 'Keys',
    summary: 'List the API keys',
    description:
      'Those that are good now, then the others, each part with the newest first. No reply has a key itself.',
    reply: z.strictObject({
      Keys: z.array(key).readonly(),
      IsCut: z.boolean().meta({ description: `Whether there are more than ${MAX_KEYS}.` }),
    }),
  }),
  post(routes.createKey, {
    operationId: 'createKey',
    tag: 'Keys',
    summary: 'Make an API key',
    description:
      '`Key` is told once. A request that is repeated with its `Idempotency-Key` makes no second one, and gets all but `Key`: if the first reply was ' +
      `lost, revoke the key and make another. \`Owner\` is the name if missing. There are ${MAX_KEYS} keys at most that are good.`,
    reply: keyWithSecret,
    refusals: ['too_many_keys'],
  }),
  post(routes.limitKey, {
    operationId: 'limitKey',
    tag: 'Keys',
    summary: 'Set how many requests a second a key may make',
    description: 'null for no limit. It counts within a minute.',
    reply: key,
    refusals: ['key_not_found', 'key_revoked'],
  }),
  post(routes.revokeKey, {
    operationId: 'revokeKey',
    tag: 'Keys',
    summary: 'Revoke a key',
    description:
      'For good, within a minute. The last key with the scope `admin` stays: make another one first.',
    reply: key,
    refusals: ['key_not_found', 'last_admin_key'],
  }),
];
