#!/usr/bin/env bash
# Guess: FREQ=YEARLY;BYWEEKNO=20 from a Thursday is one day a year: the Thursday of week 20.
# Seen: python-dateutil 2.9.0 and rrule 2.8.1 give all seven days of week 20; rrule-temporal 2.2.8 gives the Thursday.
# Matters: a yearly fee is charged seven times in a row by one side of an integration and once by the other, from the
#   same rule text.
# Source: RFC 5545, 3.3.10: what a rule leaves open is taken from DTSTART. RFC 8984, 4.3.3.1, spells it out for the same
#   rules in JSON: with byWeekNo and no byDay, the day of the week is the one of the start.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund rrule@2.8.1 rrule-temporal@2.2.8
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check python-dateutil==2.9.0.post0

printf 'DTSTART:20260101T090000Z\nRRULE:FREQ=YEARLY;BYWEEKNO=20;COUNT=8' >rule.txt
cat >read.py <<'PY'
from dateutil.rrule import rrulestr
days = [str(run.date()) for run in rrulestr(open('rule.txt').read())]
print('python-dateutil 2.9.0:', days)
assert days[:7] == [f'2026-05-{day}' for day in range(11, 18)], days
assert days[7] == '2027-05-17', days
PY
venv/bin/python read.py

cat >read.mjs <<'JS'
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import rrule from 'rrule';
import { RRuleTemporal } from 'rrule-temporal';

const text = readFileSync('rule.txt', 'utf8');
const all = rrule.rrulestr(text).all().map((run) => run.toISOString().slice(0, 10));
const one = new RRuleTemporal({ rruleString: text }).all().map((run) => run.toPlainDate().toString());
console.log('rrule 2.8.1:', all.join(' '));
console.log('rrule-temporal 2.2.8:', one.join(' '));
assert.equal(all.filter((day) => day.startsWith('2026')).length, 7);
assert.deepEqual(one.slice(0, 3), ['2026-05-14', '2027-05-20', '2028-05-18']);
JS
node read.mjs
