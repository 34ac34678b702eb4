import * as z from 'zod';
import { apiKeys } from '../lib/access/caller.ts';
import { database } from '../lib/aws/database.ts';
import { type Files, files } from '../lib/aws/files.ts';
import { query } from '../lib/http/route.ts';
import type { Sql } from '../lib/postgres/database.ts';
import {
  FILE_LIMITS,
  FILE_NAME,
  FILE_TYPE,
  type FileLimits,
  fileOfOperations,
} from '../lib/reports/csv-file.ts';
import { FILE_COLUMNS, FILE_STATUSES } from '../lib/reports/csv-lines.ts';
import { entry } from '../lib/runtime/entry.ts';
import { choice, period } from '../lib/wire/fields.ts';

interface Deps {
  readonly sql: Sql;
  readonly files: Files;
  readonly limits?: FileLimits;
}

export const downloadOperations = query({
  route: 'GET /operations/file/{walletId}',
  scope: 'reports:read',
  input: z.strictObject({
    ...period,
    status: choice(FILE_STATUSES, 'success'),
    columns: choice(FILE_COLUMNS, 'short'),
  }),
  answer: ({ sql, files, limits }: Deps, input) => fileOfOperations(sql, files, input, limits ?? FILE_LIMITS),
  render: (file) =>
    'url' in file
      ? { statusCode: 303, headers: { Location: file.url } }
      : {
          statusCode: 200,
          headers: {
            'Content-Type': FILE_TYPE,
            'Content-Disposition': `attachment; filename="${FILE_NAME}"`,
          },
          body: file.text,
        },
});

export const download = entry(database, files, apiKeys)(downloadOperations);
