import { createKey } from '../../../lib/access/api-key-store.ts';
import { MAX_KEYS } from '../../../lib/access/keys.ts';
import type { Sql } from '../../../lib/postgres/database.ts';
import { CALLER_ID } from './callers.ts';
import type { Step, Story } from './story.ts';

const UNKNOWN = '018f2b1c-0000-7000-8000-000000000000';

/** Stores the key of who may do all. */
export async function storeCaller(sql: Sql): Promise<void> {
  await createKey(sql, CALLER_ID, { name: 'example', scopes: ['admin'] });
}

/** Makes a key, limits and revokes it. */
export async function manageKeys(does: (step: Step) => Promise<any>): Promise<void> {
  await does({ operationId: 'getOwnKey' });
  const body = '{"Name": "The shop in the north", "Scopes": ["operations:write"], "ExpiresInDays": 90}';
  const { KeyId } = await does({ operationId: 'createKey', body });
  const path = { keyId: KeyId };
  await does({ operationId: 'limitKey', path, body: '{"RequestsPerSecond": 50}' });
  await does({ operationId: 'listKeys' });
  await does({ operationId: 'revokeKey', path, body: '{}' });
}

/** Keys that there are not, that are revoked, the last of the admins, or too many. */
export async function refusedKeys(
  refuses: (code: string, operationId: string, more: Omit<Step, 'operationId'>) => Promise<void>,
  { sql }: Story['system'],
): Promise<void> {
  const limit = '{"RequestsPerSecond": 50}';
  const unknown = { keyId: UNKNOWN };
  await refuses('key_not_found', 'limitKey', { path: unknown, body: limit });
  await refuses('key_not_found', 'revokeKey', { path: unknown, body: '{}' });
  const [revoked] = await sql<{ id: string }[]>`SELECT id FROM api_keys WHERE revoked_at IS NOT NULL LIMIT 1`;
  await refuses('key_revoked', 'limitKey', { path: { keyId: revoked?.id ?? '' }, body: limit });
  const others = (at: string | null) =>
    sql`UPDATE api_keys SET revoked_at = ${at}::timestamptz WHERE 'admin' = ANY (scopes) AND id <> ${CALLER_ID}::uuid`;
  await others('2026-01-31T00:00:00Z');
  await refuses('last_admin_key', 'revokeKey', { path: { keyId: CALLER_ID }, body: '{}' });
  await others(null);
  await sql`
    INSERT INTO api_keys (id, name, shown, hash, scopes, owner)
    SELECT gen_random_uuid(), 'many', 'mlps_many', sha256(number::text::bytea), '{webhooks}', 'many'
    FROM generate_series(1, ${MAX_KEYS}) AS number`;
  await refuses('too_many_keys', 'createKey', { body: '{"Name": "One more", "Scopes": ["webhooks"]}' });
  await sql`DELETE FROM api_keys WHERE name = 'many'`;
}
