import * as z from 'zod';
import { getHold } from '../lib/accept/hold.ts';
import { query } from '../lib/http/route.ts';
import { openDatabase, type Sql } from '../lib/postgres/database.ts';
import { readConfig } from '../lib/runtime/config.ts';
import { uuid } from '../lib/wire/fields.ts';

export const showHold = query({
  scope: 'wallets:read',
  input: z.strictObject({ holdId: uuid }),
  answer: ({ sql }: { readonly sql: Sql }, { holdId }) => getHold(sql, holdId),
});

const config = readConfig(['DATABASE_URL', 'API_KEYS']);

export const get = showHold({ sql: openDatabase(config.DATABASE_URL), apiKeys: config.API_KEYS });
