#!/usr/bin/env bash
# Guess: v7() of uuid keeps a sequence, by which the ids of one millisecond come in their order. Random bytes of one's own, given so
#   that a thousand ids don't ask the system for randomness a thousand times, only stand for those that it would draw.
# Seen: uuid 14.0.3: without options no id sorts before an earlier one. With `random` alone, the sequence is taken from these bytes
#   too, and the one that is kept is left aside: about half of the neighbours of one millisecond are in the wrong order. The same
#   with `rng`.
# Matters: whatever is listed by such ids, "the oldest first", is out of order where a batch or a fast caller makes two of them in one
#   millisecond: steps of a payment, keys, deliveries. Tests pass on a slow machine.
# Source: RFC 9562, 6.2: a monotonic counter is what orders the UUIDs of one millisecond; it is optional.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund uuid@14.0.3
cat >seen.mjs <<'JS'
import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const fresh = () => randomFillSync(new Uint8Array(16));
const ways = { plain: () => v7(), random: () => v7({ random: fresh() }), rng: () => v7({ rng: fresh }) };
for (const [name, make] of Object.entries(ways)) {
  const ids = Array.from({ length: 100_000 }, make);
  const wrong = ids.filter((id, index) => index > 0 && id < ids[index - 1]).length;
  const share = wrong === 0 ? 'none' : wrong > ids.length / 3 ? 'more than a third' : 'some';
  console.log(`${name}: ${share} of 100,000 sort before the one made just before`);
}
JS
seen=$(node seen.mjs)
expected='plain: none of 100,000 sort before the one made just before
random: more than a third of 100,000 sort before the one made just before
rng: more than a third of 100,000 sort before the one made just before'
echo "$seen"
[[ "$seen" == "$expected" ]] || { echo 'CHANGED: expected'; echo "$expected"; exit 1; }
