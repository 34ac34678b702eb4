#!/usr/bin/env bash
# Guess: a column that Drizzle declares as bigint({ mode: 'bigint' }) or as numeric has all its digits wherever it is read: alone, or
#   within the relation of another table.
# Seen: Drizzle ORM 0.45.4 reads relations as JSON, which JSON.parse rounds before the column's own reading: of 9007199254740993
#   comes the bigint 9007199254740992n, of numeric 90071992547409.93 the text "90071992547409.94", of 100.00 the text "100". The same
#   rows read alone are right.
# Matters: a wallet with its payments shows other amounts than the payments themselves, in types that promise every digit; a hash or a
#   comparison of the texts fails for every round amount.
# Source: Drizzle's documentation of column types: mode "bigint" is for what a number can't hold; PostgreSQL's json keeps all digits.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund drizzle-orm@0.45.4 @electric-sql/pglite@0.5.17
cat >read.mjs <<'JS'
import { PGlite } from '@electric-sql/pglite';
import { relations } from 'drizzle-orm';
import { bigint, integer, numeric, pgTable } from 'drizzle-orm/pg-core';
import { drizzle } from 'drizzle-orm/pglite';

const wallets = pgTable('wallets', { id: integer().primaryKey() });
const payments = pgTable('payments', {
  id: integer().primaryKey(),
  walletId: integer('wallet_id'),
  units: bigint({ mode: 'bigint' }),
  price: numeric({ precision: 20, scale: 2 }),
});
const ofWallets = relations(wallets, ({ many }) => ({ payments: many(payments) }));
const ofPayments = relations(payments, ({ one }) => ({
  wallet: one(wallets, { fields: [payments.walletId], references: [wallets.id] }),
}));

const server = await PGlite.create();
await server.exec(`
  CREATE TABLE wallets (id int PRIMARY KEY);
  CREATE TABLE payments (id int PRIMARY KEY, wallet_id int REFERENCES wallets, units bigint, price numeric(20, 2));
  INSERT INTO wallets VALUES (1);
  INSERT INTO payments VALUES (1, 1, 9007199254740993, 90071992547409.93), (2, 1, 100, 100.00);`);
const db = drizzle(server, { schema: { wallets, payments, ofWallets, ofPayments } });
const textOf = (rows) => rows.map(({ units, price }) => `${typeof units} ${units}, ${typeof price} ${price}`).join('; ');
console.log(`alone: ${textOf(await db.query.payments.findMany())}`);
const [wallet] = await db.query.wallets.findMany({ with: { payments: true } });
console.log(`nested: ${textOf(wallet.payments)}`);
await server.close();
JS
seen=$(node read.mjs)
echo "$seen"
[ "$seen" = 'alone: bigint 9007199254740993, string 90071992547409.93; bigint 100, string 100.00
nested: bigint 9007199254740992, string 90071992547409.94; bigint 100, string 100' ]
