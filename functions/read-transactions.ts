import * as z from 'zod';
import { apiKeys } from '../lib/access/caller.ts';
import { database } from '../lib/aws/database.ts';
import { eachRoute } from '../lib/http/each-route.ts';
import { query } from '../lib/http/route.ts';
import { DECLINE_REASONS, TRANSACTION_KINDS, TRANSACTION_STATUSES } from '../lib/ledger/leg.ts';
import type { Sql } from '../lib/postgres/database.ts';
import { ORDERS } from '../lib/reports/operations.ts';
import * as transactions from '../lib/reports/transaction.ts';
import * as search from '../lib/reports/transaction-search.ts';
import { entry } from '../lib/runtime/entry.ts';
import * as story from '../lib/story/story.ts';
import { correlationId } from '../lib/wire/correlation-id.ts';
import { details, metadataName, metadataValue, ownerId } from '../lib/wire/details.ts';
import { choice, currency, integerText, optionalChoice, queryInteger, uuid } from '../lib/wire/fields.ts';
import { searchCursor } from '../lib/wire/search-cursor.ts';
import { time } from '../lib/wire/time.ts';

interface Deps {
  readonly sql: Sql;
}

/** The most transactions in one page: some 500 kilobytes of reply, and as much again or more with details. */
const MAX_PAGE = 500;

export const getTransaction = query({
  route: 'GET /transaction/{transactionId}',
  scope: 'wallets:read',
  input: z.strictObject({ transactionId: uuid }),
  answer: ({ sql }: Deps, input) => transactions.getTransaction(sql, input.transactionId),
});

export const getStory = query({
  route: 'GET /transaction/{transactionId}/story',
  scope: 'reports:read',
  input: z.strictObject({ transactionId: uuid }),
  answer: ({ sql }: Deps, input) => story.getStory(sql, input.transactionId),
});

export const searchTransactions = query({
  route: 'GET /transactions',
  scope: 'wallets:read',
  input: z.strictObject({
    wallet: integerText.optional(),
    owner: ownerId,
    correlationId: correlationId.optional(),
    reference: details.Reference,
    metadataName,
    metadataValue,
    status: optionalChoice(TRANSACTION_STATUSES),
    reason: optionalChoice(DECLINE_REASONS),
    kind: optionalChoice(TRANSACTION_KINDS),
    currency: currency.optional(),
    amountFrom: integerText.optional(),
    amountTo: integerText.optional(),
    from: time,
    to: time,
    order: choice(ORDERS, 'asc'),
    limit: queryInteger(1, MAX_PAGE, 100),
    after: searchCursor.optional(),
  }),
  answer: ({ sql }: Deps, { order, limit, after, ...filter }) =>
    search.searchTransactions(sql, filter, { order, limit, after }),
});

const handlerOf = entry(database, apiKeys);

export const get = handlerOf(getTransaction);
export const list = handlerOf((deps) => eachRoute<typeof deps>(searchTransactions, getStory)(deps));
