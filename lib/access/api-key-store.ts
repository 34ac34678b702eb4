import { array, runTx, type Sql, type Statements } from '../postgres/database.ts';
import { generateKey, hashKey, type Scope, shownPart } from './api-key.ts';

/** A key as its owner ordered it. */
export interface KeyOrder {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Within whose requests a reference is unique; the name if missing. */
  readonly owner?: string | undefined;
  /** RFC 3339; a key without it lasts until it is revoked. */
  readonly expiresAt?: string | undefined;
  /** Requests a second; none is no limit. */
  readonly limit?: number | undefined;
}

/** What is known of a key, but for the key. */
export interface KeyRecord {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  /** Its first characters. */
  readonly shown: string;
  readonly state: 'active' | 'expired' | 'revoked';
  readonly scopes: readonly Scope[];
  readonly limit: number | null;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly revokedAt: string | null;
}

/** A new key: the only time that it is to be seen. */
export interface NewKey {
  readonly key: string;
  readonly record: KeyRecord;
}

/** A key that is good now. */
export interface FoundKey {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  readonly scopes: readonly Scope[];
  readonly limit: number | null;
  /** Whether `last_used_at` is older than {@link TOUCH_SECONDS}. */
  readonly isTouchDue: boolean;
}

/** Seconds between two notes of a key's use: a note is for people, and a row written at each request would be a queue. */
const TOUCH_SECONDS = 60;

/** The most keys in a list; more than any team keeps in its head. */
export const MAX_LISTED = 1_000;

/**
 * Makes a key and stores its hash.
 *
 * @returns the key, or nothing where it would have expired already
 */
export async function createKey(sql: Statements, id: string, order: KeyOrder): Promise<NewKey | undefined> {
  const key = generateKey();
  const { name, owner = name, scopes, expiresAt = null, limit = null } = order;
  const [record] = await sql<KeyRecord[]>`
    INSERT INTO api_keys (id, name, shown, hash, scopes, expires_at, requests_per_second, owner)
    SELECT ${id}::uuid, ${name}, ${shownPart(key)}, ${hashKey(key)}, ${array(new Set(scopes))}::text[],
      ${expiresAt}::timestamptz, ${limit}::int4, ${owner}
    WHERE coalesce(${expiresAt}::timestamptz > now(), true)
    RETURNING ${keyRecordColumns(sql)}`;
  return record === undefined ? undefined : { key, record };
}

/** Makes a key if there is none at all, revoked ones included: of several callers at once, one gets it. */
export async function createFirstKey(sql: Sql, id: string, order: KeyOrder): Promise<NewKey | undefined> {
  return await runTx(sql, async (tx) => {
    await tx`LOCK TABLE api_keys IN SHARE ROW EXCLUSIVE MODE`;
    const { count } = await tx`SELECT FROM api_keys LIMIT 1`;
    return count > 0 ? undefined : await createKey(tx, id, order);
  });
}

/** Lists keys: first those that are good now, each part with the newest first. */
export async function listKeys(sql: Statements, limit = MAX_LISTED): Promise<KeyRecord[]> {
  return await sql<KeyRecord[]>`
    SELECT ${keyRecordColumns(sql)} FROM api_keys
    ORDER BY ${isGood(sql)} DESC, created_at DESC, id LIMIT ${limit}::int4`;
}

/** A key by its id, whatever its state. */
export async function readKey(sql: Statements, id: string): Promise<KeyRecord | undefined> {
  const [record] = await sql<KeyRecord[]>`
    SELECT ${keyRecordColumns(sql)} FROM api_keys WHERE id = ${id}::uuid`;
  return record;
}

/** Counts the keys that are good now, up to a bound. */
export async function countGoodKeys(sql: Statements, bound: number): Promise<number> {
  const { count } = await sql`SELECT FROM api_keys WHERE ${isGood(sql)} LIMIT ${bound}::int4`;
  return count;
}

/** Whether a key other than this one is good for `admin` now. */
export async function hasOtherAdmin(sql: Statements, id: string): Promise<boolean> {
  const { count } = await sql`
    SELECT FROM api_keys WHERE id <> ${id}::uuid AND 'admin' = ANY (scopes) AND ${isGood(sql)} LIMIT 1`;
  return count > 0;
}

/** Sets a key's requests a second, null for no limit. @returns the key, or nothing where none of this id is in use */
export async function setKeyLimit(
  sql: Statements,
  id: string,
  limit: number | null,
): Promise<KeyRecord | undefined> {
  const [record] = await sql<KeyRecord[]>`
    UPDATE api_keys SET requests_per_second = ${limit}::int4 WHERE id = ${id}::uuid AND revoked_at IS NULL
    RETURNING ${keyRecordColumns(sql)}`;
  return record;
}

/**
 * Revokes a key; one that was revoked before stays as it is.
 *
 * @returns the key, or nothing where there is none of this id
 */
export async function revokeKey(sql: Statements, id: string): Promise<KeyRecord | undefined> {
  const [record] = await sql<KeyRecord[]>`
    UPDATE api_keys SET revoked_at = coalesce(revoked_at, now()) WHERE id = ${id}::uuid RETURNING ${keyRecordColumns(sql)}`;
  return record;
}

/** Finds a key that is good now: known, not revoked, not expired. */
export async function findKey(sql: Statements, key: string): Promise<FoundKey | undefined> {
  const [found] = await sql<FoundKey[]>`
    SELECT id, name, owner, to_json(scopes) AS scopes, requests_per_second AS limit,
      coalesce(last_used_at <= now() - make_interval(secs => ${TOUCH_SECONDS}), true) AS "isTouchDue"
    FROM api_keys
    WHERE hash = ${hashKey(key)} AND ${isGood(sql)}`;
  return found;
}

/** Notes that a key is used, unless another did so within {@link TOUCH_SECONDS}. */
export async function touchKey(sql: Statements, id: string): Promise<void> {
  await sql`
    UPDATE api_keys SET last_used_at = now()
    WHERE id = ${id}::uuid AND coalesce(last_used_at <= now() - make_interval(secs => ${TOUCH_SECONDS}), true)`;
}

/** Whether a row is of a key that is neither revoked nor over. */
const isGood = (sql: Statements) => sql`(revoked_at IS NULL AND coalesce(expires_at > now(), true))`;

const keyRecordColumns = (sql: Statements) => sql`
  id, name, owner, shown, to_json(scopes) AS scopes, requests_per_second AS limit, created_at AS "createdAt",
  expires_at AS "expiresAt", last_used_at AS "lastUsedAt", revoked_at AS "revokedAt",
  CASE WHEN revoked_at IS NOT NULL THEN 'revoked' WHEN expires_at <= now() THEN 'expired' ELSE 'active' END AS state`;
