import * as z from 'zod';
import { apiKeys } from '../lib/access/caller.ts';
import { database } from '../lib/aws/database.ts';
import { query } from '../lib/http/route.ts';
import type { Sql } from '../lib/postgres/database.ts';
import { entry } from '../lib/runtime/entry.ts';
import { getHold } from '../lib/wallets/holds.ts';
import { uuid } from '../lib/wire/fields.ts';

export const showHold = query({
  route: 'GET /hold/{holdId}',
  scope: 'wallets:read',
  input: z.strictObject({ holdId: uuid }),
  answer: ({ sql }: { readonly sql: Sql }, { holdId }) => getHold(sql, holdId),
});

export const get = entry(database, apiKeys)(showHold);
