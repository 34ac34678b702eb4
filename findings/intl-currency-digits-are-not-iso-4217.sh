#!/usr/bin/env bash
# Guess: Intl.NumberFormat with style "currency" has the decimals that ISO 4217 gives the currency, as ECMA-402 says of it: two
#   for the forint and the rupiah, three for the Iraqi dinar.
# Seen: Node 24.21.0 has none for 16 currencies to which ISO 4217 gives two or three, among them HUF, COP, IDR, PKR and IQD: ICU takes
#   the digits of CLDR, which are those of everyday use. An amount is rounded to whole units without a word.
# Matters: resolvedOptions().maximumFractionDigits is a usual way to learn how many minor units make a unit. For these currencies an
#   amount in minor units is then shown or sent a hundred times too large, and one in units loses its fillers.
# Source: ECMA-402, CurrencyDigits ("the minor unit value corresponding to currency" of ISO 4217); ISO's list, by the
#   package currency-codes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 currency-codes@2.2.0
cat >digits.mjs <<'JS'
import codes from 'currency-codes';

const formatOf = (currency) => new Intl.NumberFormat('en', { style: 'currency', currency });
const apart = codes.data
  .filter(({ code, digits }) => digits > 0 && formatOf(code).resolvedOptions().maximumFractionDigits === 0)
  .map(({ code, digits }) => `${code} ${digits}`);
console.log(`Node ${process.versions.node}`);
console.log(`none instead of: ${apart.join(', ')}`);
console.log([['HUF', 1234.56], ['IQD', 1.234], ['USD', 1.23]]
  .map(([code, amount]) => `${amount} ${code} is "${formatOf(code).format(amount).replace(/\s/gu, ' ')}"`).join('; '));
JS
seen=$(node_modules/.bin/node digits.mjs)
echo "$seen"
[ "$seen" = 'Node 24.21.0
none instead of: AFN 2, ALL 2, COP 2, HUF 2, IDR 2, IQD 3, IRR 2, KPW 2, LAK 2, LBP 2, MGA 2, MMK 2, PKR 2, SOS 2, SYP 2, YER 2
1234.56 HUF is "HUF 1,235"; 1.234 IQD is "IQD 1"; 1.23 USD is "$1.23"' ]
