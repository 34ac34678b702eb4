import * as z from 'zod';
import { readConfig } from '../lib/config.ts';
import { openDatabase, type Sql } from '../lib/db.ts';
import { query } from '../lib/http.ts';
import { accepted } from '../lib/refusals.ts';

/** Answers while the database does; an outage makes it a 503 as everywhere. */
export const getHealth = query({
  input: z.strictObject({}),
  answer: async ({ sql }: { readonly sql: Sql }) => {
    await sql`SELECT 1`;
    return accepted({ Status: 'ok', Database: 'ok' });
  },
});

export const check = getHealth({ sql: openDatabase(readConfig(['DATABASE_URL']).DATABASE_URL) });
