import { expect } from 'vitest';
import type { HttpHandler } from '../../../lib/http/serve.ts';
import type { Sql } from '../../../lib/postgres/database.ts';
import { type Asked, call, read } from './client.ts';

/** A refusal's payload, and its status. */
export interface Refused {
  readonly status: number;
  readonly error: string;
  readonly code: string;
  readonly details?: readonly { readonly field: string; readonly error: string }[];
}

const SENTENCE = /^[A-Za-z_].{5,}/s;

/** What only a stack trace, a statement or the database says. */
const INTERNALS =
  /\n\s+at |node_modules|\.ts:\d|PostgresError|\b(SELECT|INSERT INTO|UPDATE|WITH) \w+ .*(FROM|SET|AS)\b|relation "|syntax/;

/** Calls a handler that is to refuse, and checks that it did so in the envelope and changed nothing in the database. */
export async function refused(sql: Sql, handler: HttpHandler, asked: Asked): Promise<Refused> {
  const before = await contents(sql);
  const { status, payload, text, headers } = await call(handler, asked);
  expect(await contents(sql)).toEqual(before);
  expect(status, text).toBeGreaterThanOrEqual(400);
  expect(headers['content-type']).toBe('application/json; charset=utf-8');
  expect(Object.keys(read(text))).toEqual(['payload']);
  expect(Object.keys(payload).filter((key) => key !== 'details')).toEqual(['error', 'code']);
  expect(payload.error).toMatch(SENTENCE);
  expect(payload.code).toMatch(/^[a-z]+(_[a-z]+)*$/);
  expect(text).not.toMatch(INTERNALS);
  return { status, ...payload };
}

/** How many rows every table has, and a hash of them. */
export async function contents(sql: Sql) {
  const tables = await sql<{ name: string }[]>`
    SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename`;
  const counts = tables.map(
    ({ name }) => `SELECT '${name}' AS name, count(*)::int AS rows,
      md5(string_agg(line::text, ' ' ORDER BY line::text)) AS hash FROM ${name} AS line`,
  );
  return [...(await sql.unsafe(`${counts.join(' UNION ALL ')} ORDER BY name`))];
}
