#!/usr/bin/env bash
# Guess: in an allocation by ratios, a party with ratio 0 gets nothing, whatever cents are left over.
# Seen: go-money 1.0.15 gives leftover cents to the first parties of the list without looking at their ratio:
#   1.01 over 0:50:50 is 0.01, 0.50, 0.50. dinero.js 2.0.2 gives 0, 0.51, 0.50.
# Matters: a partner whose share was set to zero is still paid, a cent at a time, and the sum is right, so no check of
#   totals finds it.
# Source: go-money's README, "Allocation": the money is split by the given ratios, without losing pennies.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/go" "$work/js"

cd "$work/go"
cat >main.go <<'GO'
package main

import (
	"fmt"

	"github.com/Rhymond/go-money"
)

func main() {
	parts, err := money.New(101, money.EUR).Allocate(0, 50, 50)
	if err != nil {
		panic(err)
	}
	for _, part := range parts {
		fmt.Print(part.Amount(), " ")
	}
	fmt.Println()
}
GO
go mod init example >/dev/null 2>&1
go get github.com/Rhymond/go-money@v1.0.15 >/dev/null 2>&1
parts=$(go run .)
echo "go-money 1.0.15, 101 over 0:50:50: $parts"
[ "$parts" = '1 50 50 ' ]

cd "$work/js"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund dinero.js@2.0.2
cat >split.mjs <<'JS'
import assert from 'node:assert/strict';
import { allocate, dinero, toSnapshot } from 'dinero.js';
import { EUR } from 'dinero.js/currencies';

const parts = allocate(dinero({ amount: 101, currency: EUR }), [0, 50, 50]).map((part) => toSnapshot(part).amount);
console.log('dinero.js 2.0.2, the same:', parts.join(' '));
assert.deepEqual(parts, [0, 51, 50]);
JS
node split.mjs
