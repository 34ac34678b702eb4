#!/usr/bin/env bash
# Guess: a decimal(18,2) that pyarrow wrote as 1.50 is 1.50 in Apache Arrow for JavaScript: as a text, or as a number.
# Seen: apache-arrow 21.2.0 gives 150, as text and as number: the scale is in the column's type and is applied nowhere. pyarrow
#   26.0.1 reads Decimal('1.50') from the same file.
# Matters: a table of payments that a report writes in Python is shown a hundred times too large in a browser, in every row, so that
#   nothing looks odd beside it.
# Source: Arrow's format, Decimal: "Exact decimal value represented as an integer value in two's complement", with its scale in the type.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund apache-arrow@21.2.0
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyarrow==26.0.1
cat >write.py <<'PY'
from decimal import Decimal
import pyarrow as pa

amounts = [Decimal("1.50"), Decimal("-1.50"), Decimal("1000.00")]
table = pa.table({"amount": pa.array(amounts, pa.decimal128(18, 2))})
with pa.OSFile("paid.arrow", "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
    writer.write_table(table)
read = pa.ipc.open_file("paid.arrow").read_all()
print("Python:", ", ".join(str(amount) for amount in read["amount"].to_pylist()))
PY
cat >read.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { tableFromIPC } from 'apache-arrow';

const rows = [...tableFromIPC(readFileSync('paid.arrow'))];
console.log(`JavaScript, as text: ${rows.map(({ amount }) => String(amount)).join(', ')}`);
console.log(`JavaScript, as number: ${rows.map(({ amount }) => Number(amount)).join(', ')}`);
JS
seen="$(venv/bin/python write.py)
$(node read.mjs)"
echo "$seen"
[ "$seen" = 'Python: 1.50, -1.50, 1000.00
JavaScript, as text: 150, -150, 100000
JavaScript, as number: 150, -150, 100000' ]
