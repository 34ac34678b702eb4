import * as z from 'zod';
import { readConfig } from '../lib/config.ts';
import { openDatabase, type Sql } from '../lib/db.ts';
import { uuid } from '../lib/fields.ts';
import { getHold } from '../lib/holds.ts';
import { query } from '../lib/http.ts';

export const showHold = query({
  scope: 'wallets:read',
  input: z.strictObject({ holdId: uuid }),
  answer: ({ sql }: { readonly sql: Sql }, { holdId }) => getHold(sql, holdId),
});

const config = readConfig(['DATABASE_URL', 'API_KEYS']);

export const get = showHold({ sql: openDatabase(config.DATABASE_URL), apiKeys: config.API_KEYS });
