import * as z from 'zod';
import { readConfig } from '../lib/config.ts';
import { openDatabase, type Sql } from '../lib/db.ts';
import { uuid } from '../lib/fields.ts';
import { getHold } from '../lib/holds.ts';
import { query } from '../lib/http.ts';

export const showHold = query({
  input: z.strictObject({ holdId: uuid }),
  answer: ({ sql }: { readonly sql: Sql }, { holdId }) => getHold(sql, holdId),
});

export const get = showHold({ sql: openDatabase(readConfig(['DATABASE_URL']).DATABASE_URL) });
