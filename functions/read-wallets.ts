import * as z from 'zod';
import { query } from '../lib/http/route.ts';
import { openDatabase, type Sql } from '../lib/postgres/database.ts';
import { readConfig } from '../lib/runtime/config.ts';
import * as wallets from '../lib/wallets/wallets.ts';
import { integerText, queryInteger, time } from '../lib/wire/fields.ts';
import { ok, type Result } from '../lib/wire/refusal.ts';

interface Deps {
  readonly sql: Sql;
}

/** The most wallets in one page: some 300 kilobytes of reply. */
const MAX_PAGE = 1_000;

export const getWallet = query({
  scope: 'wallets:read',
  input: z.strictObject({ walletId: integerText, at: time }),
  answer: async ({ sql }: Deps, { walletId, at }): Promise<Result<unknown>> =>
    at === undefined ? await wallets.getWallet(sql, walletId) : await wallets.getBalanceAt(sql, walletId, at),
});

export const listWallets = query({
  scope: 'wallets:read',
  input: z.strictObject({ limit: queryInteger(1, MAX_PAGE, 100), after: integerText.optional() }),
  answer: async ({ sql }: Deps, { after = 0n, limit }) => ok(await wallets.listWallets(sql, after, limit)),
});

const config = readConfig(['DATABASE_URL', 'API_KEYS']);
const deps = { sql: openDatabase(config.DATABASE_URL), apiKeys: config.API_KEYS };

export const get = getWallet(deps);
export const list = listWallets(deps);
