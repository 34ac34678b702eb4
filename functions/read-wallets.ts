import * as z from 'zod';
import { apiKeys } from '../lib/access/caller.ts';
import { database } from '../lib/aws/database.ts';
import { eachRoute } from '../lib/http/each-route.ts';
import { query } from '../lib/http/route.ts';
import { WALLET_STATUSES } from '../lib/ledger/limits.ts';
import type { Sql } from '../lib/postgres/database.ts';
import { getBalanceAt } from '../lib/reports/balance.ts';
import { MAX_POINTS, POINTS, getHistory as readHistory } from '../lib/reports/history.ts';
import { entry } from '../lib/runtime/entry.ts';
import { isGiven, searchWallets } from '../lib/wallets/wallet-search.ts';
import * as wallets from '../lib/wallets/wallets.ts';
import { details, metadataName, metadataValue, ownerId } from '../lib/wire/details.ts';
import { currency, integerText, optionalChoice, period, queryInteger } from '../lib/wire/fields.ts';
import { ok, type Result } from '../lib/wire/refusal.ts';
import { time } from '../lib/wire/time.ts';

interface Deps {
  readonly sql: Sql;
}

/** The most wallets in one page: some 300 kilobytes of reply. */
const MAX_PAGE = 1_000;

export const getWallet = query({
  route: 'GET /wallet/{walletId}',
  scope: 'wallets:read',
  input: z.strictObject({ walletId: integerText, at: time }),
  answer: async ({ sql }: Deps, { walletId, at }): Promise<Result<unknown>> =>
    at === undefined ? await wallets.getWallet(sql, walletId) : await getBalanceAt(sql, walletId, at),
});

export const listWallets = query({
  route: 'GET /wallets',
  scope: 'wallets:read',
  input: z.strictObject({
    limit: queryInteger(1, MAX_PAGE, 100),
    after: integerText.optional(),
    owner: ownerId,
    reference: details.Reference,
    metadataName,
    metadataValue,
    status: optionalChoice(WALLET_STATUSES),
    currency: currency.optional(),
  }),
  answer: async ({ sql }: Deps, { after = 0n, limit, ...filter }) =>
    isGiven(filter)
      ? await searchWallets(sql, filter, after, limit)
      : ok(await wallets.listWallets(sql, after, limit)),
});

export const getHistory = query({
  route: 'GET /wallet/{walletId}/history',
  scope: 'reports:read',
  input: z.strictObject({ ...period, points: queryInteger(2, MAX_POINTS, POINTS) }),
  answer: ({ sql }: Deps, { points, ...request }) => readHistory(sql, request, points),
});

const handlerOf = entry(database, apiKeys);

export const get = handlerOf(getWallet);
export const list = handlerOf((deps) => eachRoute<typeof deps>(listWallets, getHistory)(deps));
