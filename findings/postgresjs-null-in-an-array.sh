#!/usr/bin/env bash
# Guess: array_agg over a column with a NULL gives null for that element, as the column itself does, whatever its type.
# Seen: postgres.js 3.4.9 gives false for a bool[], the text "NULL" for numeric[], bigint[] and text[] (also where the
#   text really is "NULL"), and NaN for smallint[]. Only types that JavaScript turns into null by chance look right.
# Matters: "confirmed by the bank: not known yet" is read as "refused"; a missing amount becomes a text that passes a
#   check for a missing value.
# Source: PostgreSQL's manual, 8.15.6: NULL without quotes in an array's text is the null value, "NULL" in quotes is the
#   text. node-postgres reads all of these as null.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @electric-sql/pglite@0.5.14 @electric-sql/pglite-socket@0.2.17 postgres@3.4.9

cat >read.mjs <<'JS'
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import postgres from 'postgres';

const host = '127.0.0.1';
const probe = createServer().listen(0, host);
await new Promise((resolve) => probe.once('listening', resolve));
const { port } = probe.address();
await new Promise((resolve) => probe.close(resolve));
const db = await PGlite.create();
const server = new PGLiteSocketServer({ db, port, host });
await server.start();

const sql = postgres({ host, port, user: 'postgres', database: 'postgres', max: 1 });
const [row] = await sql`
  SELECT array_agg(confirmed) AS confirmed, array_agg(amount) AS amounts, array_agg(id) AS ids,
    array_agg(name) AS names, array_agg(part) AS parts
  FROM (VALUES (true, 1.50, 7::bigint, 'NULL', 1::smallint), (NULL, NULL, NULL, NULL, NULL))
    AS payment(confirmed, amount, id, name, part)`;
console.log({ ...row });
await sql.end();
await server.stop();
await db.close();
assert.deepEqual({ ...row }, {
  confirmed: [true, false],
  amounts: ['1.50', 'NULL'],
  ids: ['7', 'NULL'],
  names: ['NULL', 'NULL'],
  parts: [1, Number.NaN],
});
JS
node read.mjs
