import * as z from 'zod';
import { apiKeys } from '../lib/access/caller.ts';
import { database } from '../lib/aws/database.ts';
import { query } from '../lib/http/route.ts';
import type { Sql } from '../lib/postgres/database.ts';
import * as reports from '../lib/reports/operations.ts';
import * as totals from '../lib/reports/totals.ts';
import { entry } from '../lib/runtime/entry.ts';
import { cursor } from '../lib/wire/cursor.ts';
import { choice, currency, period, queryInteger } from '../lib/wire/fields.ts';

interface Deps {
  readonly sql: Sql;
}

/** The most operations in one page: some 500 kilobytes of reply. */
const MAX_PAGE = 1_000;

/** The largest offset; later pages are reached sooner through `from`. */
const MAX_OFFSET = 1_000_000_000;

export const listOperations = query({
  route: 'GET /operations/{walletId}',
  scope: 'reports:read',
  input: z.strictObject({
    ...period,
    offset: queryInteger(0, MAX_OFFSET, 0),
    limit: queryInteger(1, MAX_PAGE, MAX_PAGE),
    after: cursor.optional(),
    order: choice(reports.ORDERS, 'asc'),
  }),
  answer: ({ sql }: Deps, { order, offset, limit, after, ...input }) =>
    reports.listOperations(sql, input, { order, offset, limit, after }),
});

export const totalOperations = query({
  route: 'GET /operations/total/{walletId}',
  scope: 'reports:read',
  input: z.strictObject({ ...period, currency: currency.optional() }),
  answer: ({ sql }: Deps, { currency: name = 'USD', ...input }) => totals.totalOperations(sql, input, name),
});

const handlerOf = entry(database, apiKeys);

export const list = handlerOf(listOperations);
export const total = handlerOf(totalOperations);
