import * as z from 'zod';
import { readConfig } from '../lib/config.ts';
import { openDatabase, type Sql } from '../lib/db.ts';
import { uuid } from '../lib/fields.ts';
import { query } from '../lib/http.ts';
import * as transactions from '../lib/transactions.ts';

export const getTransaction = query({
  scope: 'wallets:read',
  input: z.strictObject({ transactionId: uuid }),
  answer: ({ sql }: { readonly sql: Sql }, input) => transactions.getTransaction(sql, input.transactionId),
});

const config = readConfig(['DATABASE_URL', 'API_KEYS']);

export const get = getTransaction({ sql: openDatabase(config.DATABASE_URL), apiKeys: config.API_KEYS });
