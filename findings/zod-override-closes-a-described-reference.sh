#!/usr/bin/env bash
# Guess: an `override` of z.toJSONSchema that removes additionalProperties from each object leaves a JSON Schema in which every object
#   may have more fields, whether an object with an id is used as it is or with a description of its own.
# Seen: zod 4.6.7: where the object is used as it is, yes. With a description, zod takes what the override changed for something of
#   the use's own, and puts "additionalProperties": false back, beside the $ref: it has no "type" there, by which an override
#   knows objects. By draft 2020-12 that refuses every field, also the object's own: ajv 8.20.0 refuses a valid amount.
# Matters: a description of an API says more and means less: clients and gateways that check replies by it refuse each payment whose
#   fee has a description, and accept the one whose fee has none.
# Source: JSON Schema 2020-12 core, 10.3.2.3: additionalProperties looks at the properties of the same schema object, not at those
#   behind a $ref.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund zod@4.6.7 ajv@8.20.0
cat >seen.mjs <<'JS'
import Ajv from 'ajv/dist/2020.js';
import * as z from 'zod';

const amount = z.strictObject({ value: z.string(), currency: z.string() }).meta({ id: 'Amount' });
const override = ({ jsonSchema }) => {
  if (jsonSchema.type === 'object') delete jsonSchema.additionalProperties;
};
const uses = { plain: amount, described: amount.describe('What the transfer costs.') };
for (const [name, fee] of Object.entries(uses)) {
  const schema = z.toJSONSchema(z.strictObject({ fee }), { override });
  const ajv = new Ajv({ strict: false });
  const isValid = ajv.validate(schema, { fee: { value: '1.50', currency: 'EUR' } });
  console.log(`${name}: ${JSON.stringify(schema.properties.fee)} ${isValid ? 'accepts' : 'refuses'} an amount`);
}
JS
seen=$(node seen.mjs)
expected='plain: {"$ref":"#/$defs/Amount"} accepts an amount
described: {"additionalProperties":false,"description":"What the transfer costs.","$ref":"#/$defs/Amount"} refuses an amount'
echo "$seen"
[[ "$seen" == "$expected" ]] || { echo 'CHANGED: expected'; echo "$expected"; exit 1; }
