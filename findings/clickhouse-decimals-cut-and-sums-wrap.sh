#!/usr/bin/env bash
# Guess: ClickHouse turns the text 1.009 into a Decimal(18, 2) as PostgreSQL and DuckDB do, 1.01, or refuses it; and the sum of Int64
#   amounts that is more than an Int64 holds is an error, or has a wider type.
# Seen: ClickHouse 26.9 (chdb) cuts: 1.009 becomes 1, 0.999 becomes 0.99. And sum() of Int64 wraps: of the largest one and 1 it is the
#   smallest, without a word. round() of a Decimal takes 2.5 to 3, of the same Float64 to 2.
# Matters: a report that loads a file of prices loses up to a cent in every row, always in one direction; totals in millionths of a
#   weak currency turn negative, which a check against another database notices and ClickHouse does not.
# Source: PostgreSQL's manual, 8.1.2: a value with more decimals is rounded to the declared scale; sum(bigint) is numeric.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check chdb==4.4.0 chdb-core==26.9.0 duckdb==2.0.1
cat >ask.py <<'PY'
import chdb
import duckdb

ask = lambda sql: str(chdb.query(sql, "CSV")).strip().replace('"', "")
print("ClickHouse", ask("SELECT version()"))
print("ClickHouse, texts:", ask("SELECT toDecimal64('1.009', 2), toDecimal64('0.999', 2), toDecimal64('-1.009', 2)"))
print("DuckDB, texts:", ",".join(str(v) for v in duckdb.execute(
    "SELECT '1.009'::DECIMAL(18, 2), '0.999'::DECIMAL(18, 2), '-1.009'::DECIMAL(18, 2)").fetchone()))
print("ClickHouse, sum:", ask("SELECT sum(x) FROM (SELECT toInt64(9223372036854775807) AS x UNION ALL SELECT toInt64(1))"))
print("DuckDB, sum:", duckdb.execute("SELECT sum(x) FROM (VALUES (9223372036854775807), (1)) AS t(x)").fetchone()[0])
print("ClickHouse, round:", ask("SELECT round(toDecimal64('2.5', 1)), round(2.5)"))
PY
seen=$(venv/bin/python ask.py)
echo "$seen"
[ "$seen" = 'ClickHouse 26.9.2.1
ClickHouse, texts: 1,0.99,-1
DuckDB, texts: 1.01,1.00,-1.01
ClickHouse, sum: -9223372036854775808
DuckDB, sum: 9223372036854775808
ClickHouse, round: 3,2' ]
