import * as z from 'zod';
import { ANY_KEY, apiKeys } from '../lib/access/caller.ts';
import { database } from '../lib/aws/database.ts';
import { query } from '../lib/http/route.ts';
import type { Sql } from '../lib/postgres/database.ts';
import { demandWriter } from '../lib/postgres/writer.ts';
import { entry } from '../lib/runtime/entry.ts';
import { ok } from '../lib/wire/refusal.ts';

/** Answers any key while the database takes writes, which wakes a paused one; an outage, or a server that takes none, makes it a 503 as everywhere. */
export const getHealth = query({
  route: 'GET /health',
  scope: ANY_KEY,
  input: z.strictObject({}),
  answer: async ({ sql }: { readonly sql: Sql }) => {
    await demandWriter(sql);
    return ok({ Status: 'ok', Database: 'ok' });
  },
});

export const check = entry(database, apiKeys)(getHealth);
