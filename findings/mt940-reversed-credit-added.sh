#!/usr/bin/env bash
# Guess: of a statement's line with the mark RC (reversal of a credit) a reader makes money that leaves the account, of RD (reversal of a
#   debit) money that comes in, as it does of D and C.
# Seen: mt-940 5.1.1 for Python gives only D the minus: RC 100,00 is +100.00. Of a statement that opens and closes with 1000.00 its
#   lines add up to 200.00. mt940js 1.3.5 reads the same lines as 100, -50, -100, 50.
# Matters: a credit that the bank took back is booked as a second one, and the customer is paid twice for it; days without reversals agree
#   with the closing balance, so nobody looks.
# Source: SWIFT's MT940, field 61, subfield 3: D debit, C credit, RC reversal of credit (debit entry), RD reversal of debit (credit
#   entry).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund mt940js@1.3.5
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check mt-940==5.1.1
cat >statement.txt <<'TXT'
:20:STATEMENT
:25:12345678/1234567890
:28C:1/1
:60F:C240101EUR1000,00
:61:2401020102C100,00NTRFNONREF
:61:2401020102D50,00NTRFNONREF
:61:2401030103RC100,00NTRFNONREF
:61:2401030103RD50,00NTRFNONREF
:62F:C240103EUR1000,00
TXT
cat >read.py <<'PY'
import mt940

amounts = [line.data["amount"].amount for line in mt940.parse("statement.txt")]
print("Python:", ", ".join(str(amount) for amount in amounts), "makes", sum(amounts))
PY
cat >read.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { Parser } from 'mt940js';

const [statement] = new Parser().parse(readFileSync('statement.txt', 'utf8'));
const amounts = statement.transactions.map(({ amount }) => amount);
console.log(`JavaScript: ${amounts.join(', ')} makes ${amounts.reduce((sum, amount) => sum + amount)}`);
JS
seen="$(venv/bin/python read.py)
$(node read.mjs)"
echo "$seen"
[ "$seen" = 'Python: 100.00, -50.00, 100.00, 50.00 makes 200.00
JavaScript: 100, -50, -100, 50 makes 0' ]
