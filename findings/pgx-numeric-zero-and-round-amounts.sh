#!/usr/bin/env bash
# Guess: pgx scans a numeric(20,2) into a string as PostgreSQL writes it, 0.00 as well as 100.00; and the Int of a
#   pgtype.Numeric of a numeric(20,0) column, where no fraction can be, is the amount.
# Seen: pgx 5.13.0 keeps the two decimals of every amount but zero, which becomes "0"; and 1000000 comes as Int 1 with
#   Exp 6, while 123 comes as Int 123 with Exp 0.
# Matters: an empty wallet is shown or hashed as another text than every other one; and code that takes Int for the
#   minor units, right for all amounts that do not end in 00, books 1 for 1000000.
# Source: PostgreSQL's manual, 8.1.2: a declared scale is kept, so both sides have two decimals; pgx's Numeric is
#   documented only as Int and Exp, not as reduced.
set -euo pipefail
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
mkdir "$work/db" "$work/go"

cd "$work/db"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @electric-sql/pglite@0.5.14 @electric-sql/pglite-socket@0.2.17
cat >serve.mjs <<'JS'
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

const host = '127.0.0.1';
const probe = createServer().listen(0, host);
await new Promise((resolve) => probe.once('listening', resolve));
const { port } = probe.address();
await new Promise((resolve) => probe.close(resolve));
const db = await PGlite.create();
await new PGLiteSocketServer({ db, port, host }).start();
writeFileSync('port', String(port));
JS
node serve.mjs &
server=$!
for _ in $(seq 300); do [ -s port ] && break; sleep 0.1; done

cd "$work/go"
cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

func main() {
	ctx := context.Background()
	db, err := pgx.Connect(ctx, os.Args[1])
	if err != nil {
		panic(err)
	}
	defer db.Close(ctx)
	for _, amount := range []string{"0", "100", "123", "1000000"} {
		var text, scanned string
		var units pgtype.Numeric
		err := db.QueryRow(ctx, `SELECT a::numeric(20,2)::text, a::numeric(20,2), a::numeric(20,0)
			FROM (SELECT $1::text::numeric AS a) AS given`, amount).Scan(&text, &scanned, &units)
		if err != nil {
			panic(err)
		}
		fmt.Println(text, scanned, units.Int, units.Exp)
	}
}
GO
go mod init example >/dev/null 2>&1
go get github.com/jackc/pgx/v5@v5.13.0 >/dev/null 2>&1
seen=$(go run . "postgres://postgres@127.0.0.1:$(cat ../db/port)/postgres?sslmode=disable")
echo 'text by PostgreSQL, scanned into a string; Int and Exp of a numeric(20,0), pgx 5.13.0'
echo "$seen"
[ "$seen" = '0.00 0 0 0
100.00 100.00 1 2
123.00 123.00 123 0
1000000.00 1000000.00 1 6' ]
