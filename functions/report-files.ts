import * as z from 'zod';
import { type Files, s3 } from '../lib/aws/files.ts';
import { query } from '../lib/http/route.ts';
import { openDatabase, type Sql } from '../lib/postgres/database.ts';
import {
  FILE_LIMITS,
  FILE_NAME,
  FILE_TYPE,
  type FileLimits,
  fileOfOperations,
} from '../lib/reports/csv-file.ts';
import { readConfig } from '../lib/runtime/config.ts';
import { period } from '../lib/wire/fields.ts';

interface Deps {
  readonly sql: Sql;
  readonly files: Files;
  readonly limits?: FileLimits;
}

export const downloadOperations = query({
  scope: 'reports:read',
  input: z.strictObject(period),
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

const config = readConfig(['DATABASE_URL', 'REPORTS_BUCKET', 'API_KEYS']);

export const download = downloadOperations({
  sql: openDatabase(config.DATABASE_URL),
  files: s3(config.REPORTS_BUCKET),
  apiKeys: config.API_KEYS,
});
