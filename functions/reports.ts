import { z } from 'zod';
import { readConfig } from '../lib/config.ts';
import { cursor } from '../lib/cursors.ts';
import { openDatabase, type Sql } from '../lib/db.ts';
import { currency, integerText, queryInteger, time } from '../lib/fields.ts';
import { type Files, s3 } from '../lib/files.ts';
import { query } from '../lib/http.ts';
import { FILE_NAME, FILE_TYPE, type FileLimits, fileOfOperations, LIMITS } from '../lib/report-files.ts';
import * as reports from '../lib/reports.ts';

interface Deps {
  readonly sql: Sql;
}

interface FileDeps extends Deps {
  readonly files: Files;
  readonly limits?: FileLimits;
}

/** The most operations in one page: some 500 kilobytes of reply. */
const MAX_PAGE = 1_000;

/** The largest offset; later pages are reached sooner through `from`. */
const MAX_OFFSET = 1_000_000_000;

const period = { walletId: integerText, from: time, to: time };

export const listOperations = query({
  scope: 'reports:read',
  input: z.strictObject({
    ...period,
    offset: queryInteger(0, MAX_OFFSET, 0),
    limit: queryInteger(1, MAX_PAGE, MAX_PAGE),
    after: cursor.optional(),
  }),
  answer: ({ sql }: Deps, { offset, limit, after, ...input }) =>
    reports.listOperations(sql, input, { offset, limit, after }),
});

export const downloadOperations = query({
  scope: 'reports:read',
  input: z.strictObject(period),
  answer: ({ sql, files, limits }: FileDeps, input) => fileOfOperations(sql, files, input, limits ?? LIMITS),
  render: (file) =>
    'url' in file
      ? { statusCode: 303, headers: { Location: file.url, 'Cache-Control': 'no-store' } }
      : {
          statusCode: 200,
          headers: {
            'Content-Type': FILE_TYPE,
            'Content-Disposition': `attachment; filename="${FILE_NAME}"`,
          },
          body: file.text,
        },
});

export const totalOperations = query({
  scope: 'reports:read',
  input: z.strictObject({ ...period, currency: currency.optional() }),
  answer: ({ sql }: Deps, { currency: name = 'USD', ...input }) => reports.totalOperations(sql, input, name),
});

const config = readConfig(['DATABASE_URL', 'REPORTS_BUCKET', 'API_KEYS']);
const deps = {
  sql: openDatabase(config.DATABASE_URL),
  files: s3(config.REPORTS_BUCKET),
  apiKeys: config.API_KEYS,
};

export const list = listOperations(deps);
export const file = downloadOperations(deps);
export const total = totalOperations(deps);
