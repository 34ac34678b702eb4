#!/usr/bin/env bash
# Guess: "0 0 */2 * 1" has one meaning for all readers of five-field cron lines.
# Seen: June 2026 has 3 runs in cronsim (an odd day that is a Monday) and 17 in croniter, cron-parser and croner (every
#   odd day, and every Monday besides).
# Matters: a payout "on Mondays, every other day" that moves from one scheduler to another runs almost six times as
#   often, and both accept the line without a word.
# Source: crontab(5) joins day of month and day of week by "or" only where both are restricted. Debian's manual calls a
#   field unrestricted that is *, its program any field that starts with *: cronsim's README promises to do as the
#   program does, croniter's README calls that a bug of cron and has implement_cron_bug for it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund cron-parser@5.10.6 croner@11.0.1
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check croniter==7.0.0 cronsim==2.8

cat >runs.py <<'PY'
import datetime
from croniter import croniter
from cronsim import CronSim

LINE = '0 0 */2 * 1'
start, end = datetime.datetime(2026, 5, 31, 12), datetime.datetime(2026, 7, 1)

def runs(following):
    days = []
    while (run := following()) < end:
        days.append(run.day)
    return days

sim = CronSim(LINE, start)
iterator = croniter(LINE, start)
as_cron = runs(lambda: next(sim))
either = runs(lambda: iterator.get_next(datetime.datetime))
print('cronsim 2.8:', as_cron)
print('croniter 7.0.0:', either)
assert as_cron == [1, 15, 29], as_cron
assert len(either) == 17, either
PY
venv/bin/python runs.py

cat >runs.mjs <<'JS'
import assert from 'node:assert/strict';
import { CronExpressionParser } from 'cron-parser';
import { Cron } from 'croner';

const line = '0 0 */2 * 1';
const start = new Date('2026-05-31T12:00:00Z');
const parsed = CronExpressionParser.parse(line, { currentDate: start, tz: 'UTC' });
const inJune = (runs) => runs.filter((run) => run.toISOString().startsWith('2026-06')).map((run) => run.getUTCDate());
const days = {
  'cron-parser 5.10.6': inJune(parsed.take(30).map((run) => run.toDate())),
  'croner 11.0.1': inJune(new Cron(line, { timezone: 'UTC' }).nextRuns(30, start)),
};
console.log(JSON.stringify(days));
for (const found of Object.values(days)) assert.equal(found.length, 17);
JS
node runs.mjs
