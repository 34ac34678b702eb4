import * as z from 'zod';
import { readConfig } from '../lib/config.ts';
import { openDatabase, type Sql } from '../lib/db.ts';
import { currency, integerText, queryInteger, time } from '../lib/fields.ts';
import { query } from '../lib/http.ts';
import * as reports from '../lib/reports.ts';

interface Deps {
  readonly sql: Sql;
}

/** The most operations in one page: some 500 kilobytes of reply. */
const MAX_PAGE = 1_000;

/** The largest offset; later pages are reached sooner through `from`. */
const MAX_OFFSET = 1_000_000_000;

const period = { walletId: integerText, from: time, to: time };

export const listOperations = query({
  input: z.strictObject({
    ...period,
    offset: queryInteger(0, MAX_OFFSET, 0),
    limit: queryInteger(1, MAX_PAGE, MAX_PAGE),
  }),
  answer: ({ sql }: Deps, { offset, limit, ...input }) => reports.listOperations(sql, input, offset, limit),
});

export const downloadOperations = query({
  input: z.strictObject(period),
  answer: ({ sql }: Deps, input) => reports.csvOfOperations(sql, input),
  render: (csv) => ({
    statusCode: 200,
    headers: {
      'Content-Type': 'text/csv; charset=utf-8',
      'Content-Disposition': 'attachment; filename="report.csv"',
    },
    body: csv,
  }),
});

export const totalOperations = query({
  input: z.strictObject({ ...period, currency: currency.optional() }),
  answer: ({ sql }: Deps, { currency: name = 'USD', ...input }) => reports.totalOperations(sql, input, name),
});

const sql = openDatabase(readConfig(['DATABASE_URL']).DATABASE_URL);

export const list = listOperations({ sql });
export const file = downloadOperations({ sql });
export const total = totalOperations({ sql });
