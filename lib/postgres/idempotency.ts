import { createHash } from 'node:crypto';
import type { Fragment } from 'postgres';
import { runInIndexOrder, runTx, type Sql, type Statements, type Tx } from './database.ts';

/** A reply as it goes over the wire, without headers. */
export interface StoredReply {
  readonly status: number;
  readonly body: string;
  /** What is kept of the body, if it tells a secret. */
  readonly kept?: string;
}

/** A key, and the API key whose it is: callers with different ones know nothing of each other's. */
export interface OwnedKey {
  readonly apiKeyId: string;
  readonly key: string;
}

/** What came of a request with a key: done now, done before, or another request had the key. */
export type Once<T> =
  | { readonly outcome: 'done'; readonly value: T }
  | { readonly outcome: 'replayed'; readonly reply: StoredReply }
  | { readonly outcome: 'reused' };

/** A key to claim in the statement that does the work. */
export interface Claim extends OwnedKey {
  readonly print: Buffer;
  /** The reply that is kept with it, once the work is done. */
  readonly reply: (payload: unknown) => StoredReply;
}

/** What a statement answers that found its key claimed by another request, and so did nothing. */
export const TAKEN = Symbol('the key is taken');

/** Days a key is kept: longer than any client retries, and a weekend's outage of it. */
export const IDEMPOTENCY_KEY_LIFETIME_DAYS = 7;

/**
 * What makes two requests the same: method, path and body.
 *
 * @param body one text for all bodies that mean the same
 */
export function fingerprint(method: string, path: string, body: string): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([method, path, body]))
    .digest();
}

/**
 * Does work once per key, in one transaction with the record of its reply. Of two equal requests at once, the
 * second waits for the first and gets its reply.
 *
 * @param work makes a value and the reply to keep; it runs again if the transaction lost a race
 * @throws what work throws; the key is free again then
 */
export async function once<T extends { readonly reply: StoredReply }>(
  sql: Sql,
  owned: OwnedKey,
  print: Buffer,
  work: (tx: Tx) => Promise<T>,
): Promise<Once<T>> {
  const { apiKeyId, key } = owned;
  return await runTx(sql, async (tx): Promise<Once<T>> => {
    const claimed = await tx`
      INSERT INTO idempotency_keys (api_key_id, key, fingerprint) VALUES (${apiKeyId}::uuid, ${key}, ${print})
      ON CONFLICT (api_key_id, key) DO NOTHING`;
    if (claimed.count === 0) return await replay(tx, owned, print);
    const value = await work(tx);
    const { status, body, kept = body } = value.reply;
    await tx`
      UPDATE idempotency_keys SET status = ${status}, body = ${kept}
      WHERE api_key_id = ${apiKeyId}::uuid AND key = ${key}`;
    return { outcome: 'done', value };
  });
}

/**
 * The part of a statement that claims a key, as a table: one row if it did, or if there is no key to claim; none if
 * another request has the key, or `source` has no row. What the statement does must come from a join with it.
 *
 * @param source a table of the statement with one row if there is work to do, otherwise none
 * @param payload of the reply that is kept
 * @param body the reply's text by the statement, if it is not known before
 */
export function claimOf(
  sql: Statements,
  claim: Claim | undefined,
  source: Fragment,
  payload: unknown,
  body?: Fragment,
): Fragment {
  if (claim === undefined) return sql`SELECT true AS is_claimed FROM ${source}`;
  const reply = claim.reply(payload);
  return sql`
    INSERT INTO idempotency_keys (api_key_id, key, fingerprint, status, body)
    SELECT ${claim.apiKeyId}::uuid, ${claim.key}, ${claim.print}::bytea, ${reply.status}::smallint, ${body ?? reply.body}
    FROM ${source} ON CONFLICT (api_key_id, key) DO NOTHING
    RETURNING true AS is_claimed`;
}

/**
 * Keeps the reply to a request that changed nothing: a refusal.
 *
 * @returns whether it was kept; not if another request has used the key meanwhile
 */
export async function keepReply(
  sql: Statements,
  { apiKeyId, key, print }: Claim,
  { status, body }: StoredReply,
): Promise<boolean> {
  const { count } = await sql`
    INSERT INTO idempotency_keys (api_key_id, key, fingerprint, status, body)
    VALUES (${apiKeyId}::uuid, ${key}, ${print}, ${status}, ${body})
    ON CONFLICT (api_key_id, key) DO NOTHING`;
  return count === 1;
}

/** What a request is told whose key another one has: the kept reply if both are the same. */
export async function replay(
  sql: Statements,
  { apiKeyId, key }: OwnedKey,
  print: Buffer,
): Promise<Once<never>> {
  const [stored] = await sql<{ fingerprint: Buffer; status: number; body: string }[]>`
    SELECT fingerprint, status, body FROM idempotency_keys
    WHERE api_key_id = ${apiKeyId}::uuid AND key = ${key}`;
  if (stored === undefined) throw new Error('an idempotency key was purged while it was read');
  if (!stored.fingerprint.equals(print)) return { outcome: 'reused' };
  return { outcome: 'replayed', reply: { status: stored.status, body: stored.body } };
}

/**
 * Deletes keys that outlived {@link IDEMPOTENCY_KEY_LIFETIME_DAYS}, the oldest first. The index of their times finds them:
 * first the youngest of this portion, then all up to it.
 *
 * @param limit about how many at most: keys of one moment are not told apart
 * @returns how many it deleted
 */
export async function purgeIdempotencyKeys(sql: Sql, limit: number): Promise<number> {
  const { count } = await runInIndexOrder(
    sql,
    (tx) => tx`
      DELETE FROM idempotency_keys WHERE created_at <= (
        SELECT max(created_at) FROM (
          SELECT created_at FROM idempotency_keys
          WHERE created_at < now() - make_interval(days => ${IDEMPOTENCY_KEY_LIFETIME_DAYS})
          ORDER BY created_at LIMIT ${limit}
        ) AS old)`,
  );
  return count;
}
