import * as z from 'zod';
import { type KeyReply, keyCommand, runKeyCommand } from '../lib/access/api-key-commands.ts';
import { database } from '../lib/aws/database.ts';
import type { Sql } from '../lib/postgres/database.ts';
import { entry } from '../lib/runtime/entry.ts';
import { logger } from '../lib/runtime/log.ts';
import { newId } from '../lib/runtime/new-id.ts';
import { observed } from '../lib/runtime/observed.ts';

/** Makes the function that manages API keys. It has no route: whoever may invoke it, by IAM, may make keys. */
export const createKeyManager =
  ({ sql }: { readonly sql: Sql }) =>
  async (event: unknown): Promise<KeyReply> => {
    const { data: command, error } = keyCommand.safeParse(event);
    if (command === undefined) throw new Error(`this is no command for keys: ${z.prettifyError(error)}`);
    const reply = await runKeyCommand(sql, command, newId());
    logger.info('keys', {
      command: command.command,
      apiKeyId: 'record' in reply ? reply.record.id : null,
      isRefused: 'refused' in reply,
    });
    return reply;
  };

export const handler = entry(database)(observed('keys', createKeyManager));
