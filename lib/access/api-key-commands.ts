import * as z from 'zod';
import type { Sql } from '../postgres/database.ts';
import { SCOPES } from './api-key.ts';
import { createFirstKey, createKey, type KeyRecord, listKeys, revokeKey } from './api-key-store.ts';
import { MAX_REQUESTS_PER_SECOND } from './rate-limit.ts';

/** As the schema has it. */
const MAX_NAME_CHARACTERS = 100;

const name = z
  .string()
  .regex(/^[^\p{C}]*\S[^\p{C}]*$/u, 'must have a visible character and no control characters')
  .refine((text) => Array.from(text).length <= MAX_NAME_CHARACTERS, {
    error: `must have at most ${MAX_NAME_CHARACTERS} characters`,
  });

/** What can be done with keys, as it is sent to the function `keys`. */
export const keyCommand = z.discriminatedUnion('command', [
  z.strictObject({
    command: z.literal('create'),
    name,
    /** Keys of one owner share their references, as one that replaces another should. */
    owner: name.optional(),
    scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length),
    expiresAt: z.iso.datetime({ offset: true }).optional(),
    limit: z.int().min(1).max(MAX_REQUESTS_PER_SECOND).optional(),
  }),
  z.strictObject({ command: z.literal('list') }),
  z.strictObject({ command: z.literal('revoke'), id: z.uuid() }),
  /** A key with the scope `admin` where there is no key at all: what a new stage begins with. */
  z.strictObject({ command: z.literal('first') }),
]);

export type KeyCommand = z.infer<typeof keyCommand>;

const keyRecord = z.object({
  id: z.uuid(),
  name: z.string(),
  owner: z.string(),
  shown: z.string(),
  state: z.enum(['active', 'expired', 'revoked']),
  scopes: z.array(z.enum(SCOPES)).readonly(),
  limit: z.number().nullable(),
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
  lastUsedAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
}) satisfies z.ZodType<KeyRecord>;

/** What came of a command. */
export const keyReply = z.union([
  /** A new key: `key` is nowhere else, and not to be seen again. */
  z.object({ key: z.string(), record: keyRecord }),
  z.object({ records: z.array(keyRecord).readonly() }),
  z.object({ record: keyRecord }),
  z.object({ refused: z.string() }),
]);

export type KeyReply = z.infer<typeof keyReply>;

/**
 * Does a command.
 *
 * @param id for a new key
 * @throws what the database throws
 */
export async function runKeyCommand(sql: Sql, command: KeyCommand, id: string): Promise<KeyReply> {
  switch (command.command) {
    case 'create':
      return (await createKey(sql, id, command)) ?? { refused: `${command.expiresAt} is not in the future` };
    case 'first':
      return (
        (await createFirstKey(sql, id, { name: 'first', scopes: ['admin'] })) ?? {
          refused: 'there is a key already, or was one',
        }
      );
    case 'list':
      return { records: await listKeys(sql) };
    case 'revoke': {
      const record = await revokeKey(sql, command.id);
      return record === undefined ? { refused: `there is no key with the id ${command.id}` } : { record };
    }
  }
}
