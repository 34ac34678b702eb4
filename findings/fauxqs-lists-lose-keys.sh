#!/usr/bin/env bash
# Guess: reading all pages of ListObjectsV2 gives every key once, in the order of their bytes, whatever the page size.
# Seen: fauxqs 2.4.1 sorts keys as a dictionary does (_ before -, a before B) and continues after the last key by its
#   bytes. Of six keys, pages of one give three, and pages of three give four.
# Matters: a job that goes through all report files skips some, with no error; a test with one page, or with keys that
#   differ in digits only, passes.
# Source: S3's API reference, ListObjectsV2: a general purpose bucket lists keys in lexicographic order, in UTF-8 binary
#   order; a continuation token goes on where the last page ended.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 fauxqs@2.4.1 @aws-sdk/client-s3@3.1175.0

cat >list.mjs <<'JS'
import assert from 'node:assert/strict';
import { CreateBucketCommand, paginateListObjectsV2, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { startFauxqs } from 'fauxqs';

const fauxqs = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false });
const client = new S3Client({
  endpoint: `http://127.0.0.1:${fauxqs.port}`,
  region: 'eu-central-1',
  forcePathStyle: true,
  credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
});
const Bucket = 'reports';
const keys = ['2026-01-31', '2026-01_all', 'Bank.csv', 'Fees.csv', 'all.csv', 'dust.csv'];
await client.send(new CreateBucketCommand({ Bucket }));
for (const Key of keys) await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));

const seen = {};
for (const pageSize of [1, 3, 1000]) {
  seen[pageSize] = [];
  for await (const page of paginateListObjectsV2({ client, pageSize }, { Bucket }))
    seen[pageSize].push(...(page.Contents ?? []).map(({ Key }) => Key));
}
console.log('fauxqs 2.4.1, keys by page size:', seen);
await fauxqs.stop();
assert.deepEqual(seen[1000], ['2026-01_all', '2026-01-31', 'all.csv', 'Bank.csv', 'dust.csv', 'Fees.csv']);
assert.deepEqual(seen[1], ['2026-01_all', 'all.csv', 'dust.csv']);
assert.deepEqual(seen[3], ['2026-01_all', '2026-01-31', 'all.csv', 'dust.csv']);
JS
LC_ALL=C.UTF-8 node_modules/.bin/node list.mjs
