import * as z from 'zod';
import { readConfig } from '../lib/config.ts';
import { openDatabase, type Sql } from '../lib/db.ts';
import { uuid } from '../lib/fields.ts';
import { query } from '../lib/http.ts';
import * as transactions from '../lib/transactions.ts';

export const getTransaction = query({
  input: z.strictObject({ transactionId: uuid }),
  answer: ({ sql }: { readonly sql: Sql }, input) => transactions.getTransaction(sql, input.transactionId),
});

export const get = getTransaction({ sql: openDatabase(readConfig(['DATABASE_URL']).DATABASE_URL) });
