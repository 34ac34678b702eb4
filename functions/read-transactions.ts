import * as z from 'zod';
import { query } from '../lib/http/route.ts';
import { openDatabase, type Sql } from '../lib/postgres/database.ts';
import * as transactions from '../lib/reports/transaction.ts';
import { readConfig } from '../lib/runtime/config.ts';
import { uuid } from '../lib/wire/fields.ts';

export const getTransaction = query({
  scope: 'wallets:read',
  input: z.strictObject({ transactionId: uuid }),
  answer: ({ sql }: { readonly sql: Sql }, input) => transactions.getTransaction(sql, input.transactionId),
});

const config = readConfig(['DATABASE_URL', 'API_KEYS']);

export const get = getTransaction({ sql: openDatabase(config.DATABASE_URL), apiKeys: config.API_KEYS });
