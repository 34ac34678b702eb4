import * as z from 'zod';
import { apiKeys } from '../lib/access/caller.ts';
import { database } from '../lib/aws/database.ts';
import { query } from '../lib/http/route.ts';
import type { Sql } from '../lib/postgres/database.ts';
import { entry } from '../lib/runtime/entry.ts';
import { getHold, LISTED_STATUSES, listHolds } from '../lib/wallets/holds.ts';
import { choice, integerText, queryInteger, uuid } from '../lib/wire/fields.ts';

/** The most holds in one page: some 400 kilobytes of reply. */
const MAX_PAGE = 1_000;

export const showHold = query({
  route: 'GET /hold/{holdId}',
  scope: 'wallets:read',
  input: z.strictObject({ holdId: uuid }),
  answer: ({ sql }: { readonly sql: Sql }, { holdId }) => getHold(sql, holdId),
});

export const showHolds = query({
  route: 'GET /holds/{walletId}',
  scope: 'wallets:read',
  input: z.strictObject({
    walletId: integerText,
    status: choice(LISTED_STATUSES, 'all'),
    limit: queryInteger(1, MAX_PAGE, 100),
    after: integerText.optional(),
  }),
  answer: ({ sql }: { readonly sql: Sql }, { after = 0n, ...request }) =>
    listHolds(sql, { after, ...request }),
});

const handlerOf = entry(database, apiKeys);

export const get = handlerOf(showHold);
export const list = handlerOf(showHolds);
