import * as z from 'zod';
import { apiKeys } from '../lib/access/caller.ts';
import { database } from '../lib/aws/database.ts';
import { eachRoute } from '../lib/http/each-route.ts';
import { query } from '../lib/http/route.ts';
import { type CountLetters, countLetters } from '../lib/messaging/letter-count.ts';
import type { Sql } from '../lib/postgres/database.ts';
import { readGroups } from '../lib/reports/groups.ts';
import { readOverview } from '../lib/reports/overview.ts';
import { entry, setting } from '../lib/runtime/entry.ts';
import { ok } from '../lib/wire/refusal.ts';

interface Deps {
  readonly sql: Sql;
  readonly countLetters: CountLetters;
}

export const getOverview = query({
  route: 'GET /overview',
  scope: 'reports:read',
  input: z.strictObject({}),
  answer: async (deps: Deps) => ok(await readOverview(deps.sql, deps.countLetters)),
});

export const getGroups = (groups: number) =>
  query({
    route: 'GET /groups',
    scope: 'reports:read',
    input: z.strictObject({}),
    answer: async ({ sql }: Pick<Deps, 'sql'>) => ok(await readGroups(sql, groups)),
  });

export const show = entry(
  database,
  countLetters,
  setting('WALLET_GROUPS'),
  apiKeys,
)((deps) => eachRoute<typeof deps>(getOverview, getGroups(deps.WALLET_GROUPS))(deps));
