import type { Statements, Tx } from '../postgres/database.ts';
import { ok, type Result, refused } from '../wire/refusal.ts';
import { shownTime, shownTimeOrNull } from '../wire/time.ts';
import { SCOPES, type Scope } from './api-key.ts';
import {
  countGoodKeys,
  createKey,
  hasOtherAdmin,
  type KeyRecord,
  listKeys,
  MAX_LISTED,
  readKey,
  revokeKey,
  setKeyLimit,
} from './api-key-store.ts';
import { NO_KEY, NO_KEY_ID } from './caller.ts';

/** What a caller may do, by its own key. */
export interface OwnKeyView {
  /** Null on a system that asks for no keys, as its name is. */
  readonly KeyId: string | null;
  readonly Name: string | null;
  /** `admin` includes all others. */
  readonly Scopes: readonly Scope[];
  /** Null for no limit. */
  readonly RequestsPerSecond: number | null;
  readonly ExpiresAt: string | null;
}

/** A key as those see it who manage keys: without the key. */
export interface KeyView {
  readonly KeyId: string;
  readonly Name: string;
  readonly Owner: string;
  /** The key's first characters, to know it by. */
  readonly Shown: string;
  readonly Status: KeyRecord['state'];
  readonly Scopes: readonly Scope[];
  readonly RequestsPerSecond: number | null;
  readonly CreatedAt: string;
  readonly ExpiresAt: string | null;
  readonly LastUsedAt: string | null;
  readonly RevokedAt: string | null;
}

/** A new key, which is told once. */
export type KeyWithSecret = KeyView & { readonly Key: string };

/** The most keys that are good at once: all of them are in one list. */
export const MAX_KEYS = MAX_LISTED;

/** Days until a key is over, at most: ten years. One without a date lasts until it is revoked. */
export const MAX_EXPIRY_DAYS = 3_650;

/** Only one at a time counts keys, so that two together neither go over the bound nor revoke the last admins. */
const COUNTING_LOCK = 7_305_002n;

const DAY_MS = 86_400_000;

/** What callers order. */
interface OrderedKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly owner: string | undefined;
  readonly expiresInDays: number | undefined;
  readonly requestsPerSecond: number | undefined;
}

/**
 * What a caller's own key is good for.
 *
 * @param id of the key, or {@link NO_KEY_ID}
 */
export async function getOwnKey(sql: Statements, id: string): Promise<Result<OwnKeyView>> {
  if (id === NO_KEY_ID)
    return ok({ KeyId: null, Name: null, Scopes: SCOPES, RequestsPerSecond: null, ExpiresAt: null });
  const key = await readKey(sql, id);
  if (key === undefined) return { ok: false, refusal: NO_KEY };
  const { KeyId, Name, Scopes, RequestsPerSecond, ExpiresAt } = toView(key);
  return ok({ KeyId, Name, Scopes, RequestsPerSecond, ExpiresAt });
}

/** All keys that are good, then the others, each part with the newest first: {@link MAX_LISTED} at most. */
export async function listAllKeys(
  sql: Statements,
): Promise<Result<{ readonly Keys: readonly KeyView[]; readonly IsCut: boolean }>> {
  const keys = await listKeys(sql, MAX_LISTED + 1);
  return ok({ Keys: keys.slice(0, MAX_LISTED).map(toView), IsCut: keys.length > MAX_LISTED });
}

/**
 * Makes a key. It is told this once.
 *
 * @param now when it is made
 * @returns a refusal if {@link MAX_KEYS} are good already
 */
export async function makeKey(
  tx: Tx,
  id: string,
  { name, scopes, owner, expiresInDays, requestsPerSecond }: OrderedKey,
  now: Date,
): Promise<Result<KeyWithSecret>> {
  await tx`SELECT pg_advisory_xact_lock(${COUNTING_LOCK})`;
  if ((await countGoodKeys(tx, MAX_KEYS)) >= MAX_KEYS)
    return refused(
      'too_many_keys',
      `there are ${MAX_KEYS} keys that are good: revoke one first, with POST /key/{keyId}/revoke`,
    );
  const expiresAt =
    expiresInDays === undefined ? undefined : new Date(now.getTime() + expiresInDays * DAY_MS).toISOString();
  const made = await createKey(tx, id, { name, scopes, owner, expiresAt, limit: requestsPerSecond });
  if (made === undefined) throw new Error(`${expiresAt} is over by the clock of the database`);
  return ok({ ...toView(made.record), Key: made.key });
}

/**
 * Sets how many requests a second a key may make. A gateway that keeps who a caller is knows it a minute later.
 *
 * @param requestsPerSecond null for no limit
 * @returns a refusal if the key is unknown or revoked
 */
export async function limitKey(
  tx: Tx,
  id: string,
  requestsPerSecond: number | null,
): Promise<Result<KeyView>> {
  const key = await setKeyLimit(tx, id, requestsPerSecond);
  if (key !== undefined) return ok(toView(key));
  const isKnown = (await readKey(tx, id)) !== undefined;
  return isKnown ? refused('key_revoked', `key ${id} is revoked: make another one`) : noKey(id);
}

/**
 * Revokes a key, for good; one that was revoked before stays as it is.
 *
 * @returns a refusal if the key is unknown, or no other one is good for `admin`: nobody could make keys then
 */
export async function revokeUnlessLast(tx: Tx, id: string): Promise<Result<KeyView>> {
  await tx`SELECT pg_advisory_xact_lock(${COUNTING_LOCK})`;
  const key = await readKey(tx, id);
  if (key === undefined) return noKey(id);
  const isAdmin = key.state === 'active' && key.scopes.includes('admin');
  if (isAdmin && !(await hasOtherAdmin(tx, id)))
    return refused(
      'last_admin_key',
      `key ${id} is the last one with the scope admin: make another one first, with POST /keys`,
    );
  const revoked = await revokeKey(tx, id);
  return revoked === undefined ? noKey(id) : ok(toView(revoked));
}

const noKey = (id: string): Result<never> => refused('key_not_found', `no key with id: ${id}`);

const toView = (key: KeyRecord): KeyView => ({
  KeyId: key.id,
  Name: key.name,
  Owner: key.owner,
  Shown: key.shown,
  Status: key.state,
  Scopes: key.scopes,
  RequestsPerSecond: key.limit,
  CreatedAt: shownTime(key.createdAt),
  ExpiresAt: shownTimeOrNull(key.expiresAt),
  LastUsedAt: shownTimeOrNull(key.lastUsedAt),
  RevokedAt: shownTimeOrNull(key.revokedAt),
});
