#!/usr/bin/env bash
# Guess: hyparquet, which gives an int64 column as bigints with every digit, gives a decimal(18,2) exactly as well: as
#   a bigint of the smallest unit, or as text.
# Seen: hyparquet 1.33.0 turns decimals into floats without a word: 90071992547409.93 is read as 90071992547409.92,
#   and 12345678901234567890.12 of a decimal(38,2) loses four digits. The int64 beside it is exact.
# Matters: a ledger's export is read by an auditor's page in the browser, and its sums differ from the ledger's by
#   cents, while ids of the same file are right.
# Source: Apache Parquet's logical types: DECIMAL is an unscaled integer with a scale; pyarrow 26.0.1 reads the same file
#   as written.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyarrow==26.0.1
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund hyparquet@1.33.0
cat >write.py <<'PY'
from decimal import Decimal
import pyarrow
import pyarrow.parquet as parquet

amounts = [Decimal("90071992547409.93"), Decimal("0.10")]
wide = [Decimal("12345678901234567890.12"), Decimal("1.00")]
ids = [9007199254740993, 1]
table = pyarrow.table({
    "id": pyarrow.array(ids, pyarrow.int64()),
    "amount": pyarrow.array(amounts, pyarrow.decimal128(18, 2)),
    "wide": pyarrow.array(wide, pyarrow.decimal128(38, 2)),
})
parquet.write_table(table, "ledger.parquet")
for row in parquet.read_table("ledger.parquet").to_pylist():
    print(row["id"], row["amount"], row["wide"])
PY
cat >read.mjs <<'JS'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';

const rows = await parquetReadObjects({ file: await asyncBufferFromFile('ledger.parquet') });
for (const { id, amount, wide } of rows) console.log(`${id} ${typeof id}, ${amount} ${typeof amount}, ${wide} ${typeof wide}`);
JS
echo 'pyarrow, then hyparquet 1.33.0: id, amount, wide'
seen="$(venv/bin/python write.py)
$(node read.mjs)"
echo "$seen"
[ "$seen" = '9007199254740993 90071992547409.93 12345678901234567890.12
1 0.10 1.00
9007199254740993 bigint, 90071992547409.92 number, 12345678901234567000 number
1 bigint, 0.1 number, 1 number' ]
