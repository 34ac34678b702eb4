import { createHash } from 'node:crypto';
import { runTx, type Sql, type Statements, type Tx } from './database.ts';

/** A reply as it goes over the wire, without headers. */
export interface StoredReply {
  readonly status: number;
  readonly body: string;
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

/** Days a key is kept: longer than any client retries, and a weekend's outage of it. */
export const IDEMPOTENCY_KEY_LIFETIME_DAYS = 7;

/** What makes two requests the same: method, path and the text of the body. */
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
    const { status, body } = value.reply;
    await tx`
      UPDATE idempotency_keys SET status = ${status}, body = ${body}
      WHERE api_key_id = ${apiKeyId}::uuid AND key = ${key}`;
    return { outcome: 'done', value };
  });
}

async function replay(sql: Statements, { apiKeyId, key }: OwnedKey, print: Buffer): Promise<Once<never>> {
  const [stored] = await sql<{ fingerprint: Buffer; status: number; body: string }[]>`
    SELECT fingerprint, status, body FROM idempotency_keys
    WHERE api_key_id = ${apiKeyId}::uuid AND key = ${key}`;
  if (stored === undefined) throw new Error('an idempotency key was purged while it was read');
  if (!stored.fingerprint.equals(print)) return { outcome: 'reused' };
  return { outcome: 'replayed', reply: { status: stored.status, body: stored.body } };
}

/**
 * Forgets keys that outlived {@link IDEMPOTENCY_KEY_LIFETIME_DAYS}.
 *
 * @param limit how many at most
 * @returns how many it forgot
 */
export async function purgeIdempotencyKeys(sql: Statements, limit: number): Promise<number> {
  const { count } = await sql`
    DELETE FROM idempotency_keys WHERE (api_key_id, key) IN (
      SELECT api_key_id, key FROM idempotency_keys
      WHERE created_at < now() - make_interval(days => ${IDEMPOTENCY_KEY_LIFETIME_DAYS})
      LIMIT ${limit} FOR UPDATE SKIP LOCKED)`;
  return count;
}
