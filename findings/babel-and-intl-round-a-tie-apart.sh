#!/usr/bin/env bash
# Guess: a price of exactly half a cent (0.125 dollars, as a Decimal) is printed with the same cents by Babel in Python and by Intl in
#   JavaScript: both take their patterns from CLDR.
# Seen: Babel 2.19.0 rounds to the even neighbour ($0.12, $2.68 for 2.675, $4.48 for 4.485), Intl in Node 24.21.0 away from zero ($0.13,
#   and of the texts 2.675 and 4.485 $2.68 and $4.49).
# Matters: a shop's page and the invoice by its backend show totals that differ by a cent, for every other amount that ends in a
#   half: a tax of 2.5 % has many of them.
# Source: LDML, part 3: "half even" is the default rounding of number patterns; ECMA-402: roundingMode is "halfExpand" by default.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check babel==2.19.0
cat >show.py <<'PY'
from decimal import Decimal
from babel.numbers import format_currency

amounts = ["0.125", "0.135", "2.675", "4.485"]
print("Babel:", ", ".join(format_currency(Decimal(amount), "USD", locale="en_US") for amount in amounts))
PY
cat >show.mjs <<'JS'
const { format } = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' });
// Texts, which Intl takes digit by digit: no float is in between.
console.log(`Intl: ${['0.125', '0.135', '2.675', '4.485'].map((amount) => format(amount)).join(', ')}`);
JS
seen="$(venv/bin/python show.py)
$(node_modules/.bin/node show.mjs)"
echo "$seen"
[ "$seen" = 'Babel: $0.12, $0.14, $2.68, $4.48
Intl: $0.13, $0.14, $2.68, $4.49' ]
