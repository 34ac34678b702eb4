#!/usr/bin/env bash
# Guess: in DuckDB, // is integer division: 7.50 // 2 is 3, as 7 // 2 is, and a // b * b + a % b gives a again.
# Seen: DuckDB 1.5.6 makes // of DECIMAL a division of doubles: 7.50 // 2 is 3.75, of type DOUBLE, while % stays exact,
#   so 7.50 // 2 * 2 + 7.50 % 2 is 9.
# Matters: "amount // instalments" with the rest in the first instalment is right for a BIGINT column of cents and
#   counts the rest twice for a DECIMAL column of the same money, as a double.
# Source: DuckDB's page of numeric operators: / is float division and // is integer division (5 // 2 = 2); the two are
#   said to be the same only if an operand is FLOAT or DOUBLE. DECIMAL is neither.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @duckdb/node-api@1.5.6-r.1

cat >divide.mjs <<'JS'
import assert from 'node:assert/strict';
import { DuckDBInstance } from '@duckdb/node-api';

const connection = await (await DuckDBInstance.create(':memory:')).connect();
const reader = await connection.runAndReadAll(`
  WITH bill AS (SELECT 7.50::DECIMAL(18, 2) AS amount, 7::BIGINT AS cents)
  SELECT version() AS version, cents // 2 AS of_bigint,
    (amount // 2)::VARCHAR AS of_decimal, typeof(amount // 2) AS type,
    (amount % 2)::VARCHAR AS rest, (amount // 2 * 2 + amount % 2)::VARCHAR AS again FROM bill`);
const [row] = reader.getRowObjectsJson();
console.log(row);
assert.deepEqual(row, {
  version: 'v1.5.6',
  of_bigint: '3',
  of_decimal: '3.75',
  type: 'DOUBLE',
  rest: '1.50',
  again: '9.0',
});
JS
node divide.mjs
