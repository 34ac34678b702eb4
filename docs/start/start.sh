#!/usr/bin/env bash
# Pays into a new wallet and prints its statement. URL and KEY come from the environment.
set -euo pipefail

# A path, and a body with an idempotency key if it is a POST: repeats with the same key are harmless, so curl may repeat.
send() {
  local reply
  reply=$(curl -sS --fail-with-body --retry 3 -H "Authorization: Bearer ${KEY:-none}" -H 'Prefer: wait=10' \
    ${2:+-d "$2" -H 'Content-Type: application/json' -H "Idempotency-Key: $3"} "$URL$1") || { echo "$reply" >&2; exit 1; }
  echo "$reply"
}
# A field of a reply, with every digit: jq 1.6 and older round large numbers.
field() { tr '{,}' '\n\n\n' <<< "$2" | sed -n "s/^\"$1\":\"*\([^\"]*\)\"*$/\1/p" | sed -n 1p; }
run="$(date +%s)-$RANDOM$RANDOM"

reply=$(send /wallet '{"Name":"Jon Snow","Country":"UK","City":"London","Currency":"USD"}' "wallet-$run")
wallet=$(field WalletID "$reply")

# 9,007,199,254.740993 USD: each digit counts.
payment=$(send /receive_amount "{\"WalletId\":$wallet,\"Amount\":9007199254740993,\"Currency\":\"USD\"}" "payment-$run")

for pause in 0.05 0.1 0.2 0.4 0.8 1.6 2 2 2 2; do
  [[ $(field Status "$payment") =~ success|decline ]] && break
  sleep "$pause"
  payment=$(send "/transaction/$(field TransactionId "$payment")")
done
[[ $(field Status "$payment") == success ]] || { echo "$payment" >&2; exit 1; }

send "/operations/file/$wallet?columns=all"
