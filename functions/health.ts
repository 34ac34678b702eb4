import * as z from 'zod';
import { PUBLIC } from '../lib/access/caller.ts';
import { query } from '../lib/http/route.ts';
import { openDatabase, type Sql } from '../lib/postgres/database.ts';
import { readConfig } from '../lib/runtime/config.ts';
import { ok } from '../lib/wire/refusal.ts';

/** Answers while the database does; an outage makes it a 503 as everywhere. */
export const getHealth = query({
  scope: PUBLIC,
  input: z.strictObject({}),
  answer: async ({ sql }: { readonly sql: Sql }) => {
    await sql`SELECT 1`;
    return ok({ Status: 'ok', Database: 'ok' });
  },
});

const config = readConfig(['DATABASE_URL', 'API_KEYS']);

export const check = getHealth({ sql: openDatabase(config.DATABASE_URL), apiKeys: config.API_KEYS });
