#!/usr/bin/env bash
# Guess: field 61 of MT940 has a value date with a year (YYMMDD) and an entry date without one (MMDD). A reader gives
#   the entry date the year that puts it nearest to the value date: value 2024-12-31, entry 0102 is 2025-01-02.
# Seen: two JavaScript readers copy the year of the value date, so the entry of 2025-01-02 is booked on 2024-01-02, a
#   year before the statement opens. mt-940 in Python reads the same line as 2025-01-02.
# Matters: every payment over New Year lands in last year's books, in a period that is closed, and no balance is off.
# Source: SWIFT's MT940, field 61: subfield 1 is the value date, subfield 2 the optional entry date as MMDD. The
#   statement itself says when it opens (60F, 2024-12-30) and closes (62F, 2025-01-02).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund mt940js@1.3.5 mt940-js@1.0.0 tslib@2.8.1
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check mt-940==5.1.1

cat >statement.sta <<'MT940'
:20:STARTUMSE
:25:12345678/9
:28C:1/1
:60F:C241230EUR1000,00
:61:2412310102C100,00NTRFREF1//BANK1
:86:Transfer over New Year
:62F:C250102EUR1100,00
-
MT940

cat >read.mjs <<'JS'
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import mt940js from 'mt940js';
import * as mt940 from 'mt940-js';

const text = readFileSync('statement.sta', 'utf8');
const [first] = new mt940js.Parser().parse(text);
const [second] = await mt940.read(Buffer.from(text));
const dates = {
  'mt940js 1.3.5': first.transactions[0].entryDate.toISOString().slice(0, 10),
  'mt940-js 1.0.0': second.transactions[0].entryDate,
};
console.log(dates);
assert.deepEqual(Object.values(dates), ['2024-01-02', '2024-01-02']);
JS
TZ=UTC node read.mjs

cat >read.py <<'PY'
import mt940
entry = mt940.parse('statement.sta')[0].data['entry_date']
print('mt-940 5.1.1:', entry)
assert str(entry) == '2025-01-02', entry
PY
venv/bin/python read.py
