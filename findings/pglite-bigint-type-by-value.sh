#!/usr/bin/env bash
# Guess: a bigint column has one JavaScript type in PGlite: a text as with pg, or a bigint, whatever its value.
# Seen: PGlite 0.5.17 gives a number up to 9007199254740991 and a bigint from there on, also within one array; sum() of the
#   same column is a text, count(*) a number.
# Matters: tests on PGlite with small amounts pass with arithmetic on numbers that throws (number and bigint can't be mixed) or adds
#   texts with the first large amount, or with another driver.
# Source: PostgreSQL's manual, 9.21: sum(bigint) is numeric; PGlite's documentation promises PostgreSQL's types, not these.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @electric-sql/pglite@0.5.17
cat >read.mjs <<'JS'
import { PGlite } from '@electric-sql/pglite';

const db = await PGlite.create();
const { rows } = await db.query('SELECT amount FROM (VALUES (9007199254740991), (9007199254740993)) AS paid(amount)');
console.log(`column: ${rows.map(({ amount }) => `${typeof amount} ${amount}`).join(', ')}`);
const { rows: [all] } = await db.query(`
  SELECT array_agg(amount) AS amounts, sum(amount) AS sum, count(*) AS count
  FROM (VALUES (1::bigint), (9007199254740993)) AS paid(amount)`);
console.log(`array: ${all.amounts.map((amount) => typeof amount).join(', ')}; sum: ${typeof all.sum}; count: ${typeof all.count}`);
try {
  console.log(rows.reduce((sum, { amount }) => sum + amount, 0));
} catch (error) {
  console.log(`adding up: ${error.name}`);
}
await db.close();
JS
seen=$(node read.mjs)
echo "$seen"
[ "$seen" = 'column: number 9007199254740991, bigint 9007199254740993
array: number, bigint; sum: string; count: number
adding up: TypeError' ]
