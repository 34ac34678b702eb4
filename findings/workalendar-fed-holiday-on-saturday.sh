#!/usr/bin/env bash
# Guess: a calendar named FederalReserveSystem says when the Federal Reserve Banks, and so Fedwire and FedACH, are shut.
# Seen: workalendar 17.0.0 moves a holiday on Saturday to the Friday before it, as offices of the government do. It has
#   2026-07-03 as a day off; QuantLib 1.44's calendar of the Federal Reserve has it as a business day.
# Matters: a payout due on that Friday is put off to Monday and an answer is expected too late: the rails do run. The
#   same holds for 2027-06-18, 2027-12-24 and 2027-12-31.
# Source: the Federal Reserve Board's page of holidays (K.8): for holidays that fall on a Saturday, the Reserve Banks
#   are open on the Friday before; only those on a Sunday are moved, to the Monday.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check workalendar==17.0.0 QuantLib==1.44

cat >compare.py <<'PY'
import datetime
import QuantLib
from workalendar.usa import FederalReserveSystem

fed = QuantLib.UnitedStates(QuantLib.UnitedStates.FederalReserve)
shifted = FederalReserveSystem()
differ = []
day = datetime.date(2026, 1, 1)
while day.year < 2028:
    is_open = fed.isBusinessDay(QuantLib.Date(day.day, day.month, day.year))
    if is_open != shifted.is_working_day(day):
        differ.append((str(day), f'{day:%a}', 'QuantLib: open' if is_open else 'QuantLib: shut'))
    day += datetime.timedelta(days=1)
print('workalendar 17.0.0 and QuantLib 1.44 differ on', differ)
assert [day for day, _, _ in differ] == ['2026-07-03', '2027-06-18', '2027-12-24', '2027-12-31'], differ
assert all(weekday == 'Fri' and state.endswith('open') for _, weekday, state in differ)
PY
venv/bin/python compare.py
