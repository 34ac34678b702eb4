#!/usr/bin/env bash
# Guess: oapi-codegen makes a float64 of `type: number`, as encoding/json does by itself: an amount with cents is written
#   as it was read.
# Seen: oapi-codegen 2.8.2 makes a float32, which has 7 digits: 1234567.89 is written as 1234567.9, and 16777217 as
#   16777216, without an error. `format: double` or the option type-mapping makes it a float64.
# Matters: a price or a rate with more than seven digits is passed on as another one; tests with small amounts don't show it.
# Source: OpenAPI 3.1, data types: number without a format has no width; JSON readers take doubles (RFC 8259, 6).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >openapi.yaml <<'YAML'
openapi: 3.0.3
info: { title: Ledger, version: '1' }
paths: {}
components:
  schemas:
    Payment:
      type: object
      required: [amount, exact]
      properties:
        amount: { type: number }
        exact: { type: number, format: double }
YAML
export GOFLAGS=-mod=mod
go mod init example >/dev/null 2>&1
mkdir api
go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -generate types,skip-prune -package api -o api/api.go \
  openapi.yaml >generate.log 2>&1 || { cat generate.log; exit 1; }
cat >main.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"

	"example/api"
)

func main() {
	for _, amount := range []string{"1234567.89", "16777217", "9.99"} {
		read := `{"amount":` + amount + `,"exact":` + amount + `}`
		var payment api.Payment
		if err := json.Unmarshal([]byte(read), &payment); err != nil {
			panic(err)
		}
		written, err := json.Marshal(payment)
		if err != nil {
			panic(err)
		}
		fmt.Println(read, "->", string(written))
	}
}
GO
echo 'oapi-codegen 2.8.2: read -> written; "exact" has the format double'
seen=$(go run .)
echo "$seen"
[ "$seen" = '{"amount":1234567.89,"exact":1234567.89} -> {"amount":1234567.9,"exact":1234567.89}
{"amount":16777217,"exact":16777217} -> {"amount":16777216,"exact":16777217}
{"amount":9.99,"exact":9.99} -> {"amount":9.99,"exact":9.99}' ]
