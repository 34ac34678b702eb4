import type { Sql } from '../postgres/database.ts';
import { describeError, logger } from '../runtime/log.ts';
import { keyOfHeader } from './api-key.ts';
import { findKey, touchKey } from './api-key-store.ts';
import { type AccessContext, contextOf, UNAUTHENTICATED } from './caller.ts';

/**
 * Tells who sends an Authorization header. What can't be a key is refused without the database.
 *
 * @returns the context that the handlers read
 * @throws what the database throws: an outage is no bad key
 */
export async function authorize(sql: Sql, header: string): Promise<AccessContext> {
  const key = keyOfHeader(header);
  const found = key === undefined ? undefined : await findKey(sql, key);
  if (found === undefined) return UNAUTHENTICATED;
  if (found.isTouchDue) {
    await touchKey(sql, found.id).catch((error: unknown) => {
      logger.warn('the use of a key was not noted', { apiKeyId: found.id, error: describeError(error) });
    });
  }
  return contextOf({ ...found, limit: found.limit ?? undefined });
}
