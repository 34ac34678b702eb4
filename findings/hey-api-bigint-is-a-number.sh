#!/usr/bin/env bash
# Guess: with hey-api's transformers and `bigInt: true`, whatever the generated types call a bigint is one, with the digits
#   of the reply.
# Seen: @hey-api/openapi-ts 0.99.0 makes bigints of numbers that JSON.parse has rounded: 9007199254740993 becomes
#   9007199254740992n. A nullable int64 that is 0 stays a number, while 1 becomes a bigint; members of a oneOf stay
#   numbers, all of them. The types say bigint each time, and the program compiles under strict.
# Matters: `balance === 0n` is false for an empty account, `balance + fee` throws on it and on no other, and above
#   90,071,992,547,409.91 a statement in cents differs from the ledger although everything is typed as exact.
# Source: OpenAPI's format registry: int64 is a signed 64-bit integer; the generated types agree.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund @hey-api/openapi-ts@0.99.0 typescript@5.9.3 esbuild@0.28.2
cat >openapi.yaml <<'YAML'
openapi: 3.1.0
info: { title: Ledger, version: '1' }
servers: [{ url: 'http://localhost' }]
paths:
  /entry:
    get:
      operationId: getEntry
      responses:
        '200':
          description: Done
          content: { application/json: { schema: { $ref: '#/components/schemas/Entry' } } }
components:
  schemas:
    Entry:
      type: object
      required: [amount, before, after, account]
      properties:
        amount: { type: integer, format: int64 }
        before: { type: [integer, 'null'], format: int64 }
        after: { type: [integer, 'null'], format: int64 }
        account:
          oneOf: [{ $ref: '#/components/schemas/Wallet' }, { $ref: '#/components/schemas/Bank' }]
    Wallet: { type: object, required: [balance], properties: { balance: { type: integer, format: int64 } } }
    Bank: { type: object, required: [iban], properties: { iban: { type: string } } }
YAML
cat >openapi-ts.config.mjs <<'JS'
const transformers = { name: '@hey-api/transformers', bigInt: true };
const sdk = { name: '@hey-api/sdk', transformer: true };
export default { input: 'openapi.yaml', output: 'api', plugins: ['@hey-api/client-fetch', '@hey-api/typescript', transformers, sdk] };
JS
npx openapi-ts >generate.log 2>&1 || { cat generate.log; exit 1; }
cat >main.ts <<'TS'
import { getEntry } from './api';
import { client } from './api/client.gen';

const text = '{"amount":9007199254740993,"before":1,"after":0,"account":{"balance":5}}';
client.setConfig({ fetch: async () => new Response(text, { headers: { 'content-type': 'application/json' } }) });
const { data } = await getEntry({ throwOnError: true });
const amount: bigint = data.amount;
const before: bigint | null = data.before;
const after: bigint | null = data.after;
const balance: bigint = 'balance' in data.account ? data.account.balance : 0n;
for (const [name, value] of Object.entries({ amount, before, after, balance })) console.log(name, String(value), typeof value);
console.log('after === 0n', after === 0n);
TS
npx tsc --noEmit --strict --skipLibCheck --target es2023 --lib es2023,dom,dom.iterable --module esnext --moduleResolution bundler main.ts
npx esbuild main.ts --bundle --platform=node --format=esm --outfile=main.mjs --log-level=warning
echo '@hey-api/openapi-ts 0.99.0; in the reply: amount 9007199254740993, before 1, after 0, balance 5, each a bigint by its type'
seen=$(node main.mjs)
echo "$seen"
[ "$seen" = 'amount 9007199254740992 bigint
before 1 bigint
after 0 number
balance 5 number
after === 0n false' ]
