#!/usr/bin/env bash
# Guess: verify() of the Standard Webhooks library says whether the signature fits, and what was signed is then used as
#   it came: nothing between the two changes an amount.
# Seen: standardwebhooks 1.1.1 for JavaScript returns the body parsed by JSON.parse: of 9007199254740993, which was
#   signed, verify() returns 9007199254740992. The same library for Python returns the number that was signed.
# Matters: whoever follows the library's example books what verify() returned: another amount than the one whose
#   signature was checked, and no check after it can notice.
# Source: RFC 8259, 6: numbers have no bound; receivers of other languages keep all digits of 64 bits.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund standardwebhooks@1.1.1
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check standardwebhooks==1.1.0
cat >receive.mjs <<'JS'
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';

const secret = `whsec_${randomBytes(24).toString('base64')}`;
const body = '{"amount":9007199254740993,"small":42}';
const at = new Date();
const signature = new Webhook(secret).sign('msg_1', at, body);
const headers = {
  'webhook-id': 'msg_1',
  'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
  'webhook-signature': signature,
};
writeFileSync('delivery.json', JSON.stringify({ secret, body, headers }));
console.log(`JavaScript: ${JSON.stringify(new Webhook(secret).verify(body, headers))}`);
JS
cat >receive.py <<'PY'
import json
from standardwebhooks import Webhook

delivery = json.load(open("delivery.json"))
verified = Webhook(delivery["secret"]).verify(delivery["body"], delivery["headers"])
print("Python:", json.dumps(verified, separators=(",", ":")))
PY
echo 'signed: {"amount":9007199254740993,"small":42}'
seen="$(node receive.mjs)
$(venv/bin/python receive.py)"
echo "$seen"
[ "$seen" = 'JavaScript: {"amount":9007199254740992,"small":42}
Python: {"amount":9007199254740993,"small":42}' ]
