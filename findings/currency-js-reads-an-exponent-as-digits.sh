#!/usr/bin/env bash
# Guess: currency.js reads "1E+3" as 1000, as Number does, or refuses it where errorOnInvalid is set.
# Seen: currency.js 2.0.4 drops the letter and reads 13, with errorOnInvalid as without. Python's decimal writes exactly
#   such texts: 1000.00 normalized, or 5 * 200 as Decimal('1E+3'), is "1E+3". From "1.5E+3" it makes 1.53.
# Matters: a service in Python or Java sends amounts as decimal text, and only round ones (10, 1000, 20000) arrive as
#   small wrong amounts.
# Source: currency.js's documentation of errorOnInvalid: throw when an invalid value such as null is passed. General
#   Decimal Arithmetic, to-scientific-string: a number with a positive exponent is written with E+.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund currency.js@2.0.4

python3 -c '
import decimal, json
amounts = ["1000.00", "20.00", "1500.00", "12.50"]
print(json.dumps([str(decimal.Decimal(amount).normalize()) for amount in amounts]))' >amounts.json

cat >read.mjs <<'JS'
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import currency from 'currency.js';

const seen = JSON.parse(readFileSync('amounts.json', 'utf8')).map((text) => [
  text, Number(text), currency(text, { errorOnInvalid: true }).value]);
console.log('text by Python, Number, currency.js 2.0.4');
for (const line of seen) console.log(...line);
assert.deepEqual(seen, [['1E+3', 1000, 13], ['2E+1', 20, 21], ['1.5E+3', 1500, 1.53], ['12.5', 12.5, 12.5]]);
JS
node read.mjs
