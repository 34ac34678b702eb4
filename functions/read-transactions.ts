import * as z from 'zod';
import { apiKeys } from '../lib/access/caller.ts';
import { database } from '../lib/aws/database.ts';
import { query } from '../lib/http/route.ts';
import type { Sql } from '../lib/postgres/database.ts';
import * as transactions from '../lib/reports/transaction.ts';
import { entry } from '../lib/runtime/entry.ts';
import { uuid } from '../lib/wire/fields.ts';

export const getTransaction = query({
  route: 'GET /transaction/{transactionId}',
  scope: 'wallets:read',
  input: z.strictObject({ transactionId: uuid }),
  answer: ({ sql }: { readonly sql: Sql }, input) => transactions.getTransaction(sql, input.transactionId),
});

export const get = entry(database, apiKeys)(getTransaction);
