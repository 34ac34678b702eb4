import { z } from 'zod';
import { type Bus, eventBridge } from '../lib/bus.ts';
import { readConfig } from '../lib/config.ts';
import { openDatabase, type Sql } from '../lib/db.ts';
import { currency, integerText, queryInteger, text, time } from '../lib/fields.ts';
import { command, query } from '../lib/http.ts';
import { publishStaged } from '../lib/outbox.ts';
import { accepted, type Result } from '../lib/refusals.ts';
import * as wallets from '../lib/wallets.ts';

interface Deps {
  readonly sql: Sql;
}

/** The most wallets in one page: some 300 kilobytes of reply. */
const MAX_PAGE = 1_000;

export const createWallet = (groups: number) =>
  command({
    scope: 'wallets:write',
    input: z.strictObject({ Name: text, Country: text, City: text, Currency: currency }),
    execute: (tx, wallet, { correlationId }) => wallets.createWallet(tx, wallet, groups, correlationId),
    payload: ({ walletId }) => ({ WalletID: walletId }),
    afterCommit: async ({ sql, bus }: Deps & { readonly bus: Bus }, { eventId }) => {
      await publishStaged(sql, bus, [eventId]);
    },
  });

export const getWallet = query({
  scope: 'wallets:read',
  input: z.strictObject({ walletId: integerText, at: time }),
  answer: async ({ sql }: Deps, { walletId, at }): Promise<Result<unknown>> =>
    at === undefined ? await wallets.getWallet(sql, walletId) : await wallets.getBalanceAt(sql, walletId, at),
});

export const listWallets = query({
  scope: 'wallets:read',
  input: z.strictObject({ limit: queryInteger(1, MAX_PAGE, 100), after: integerText.optional() }),
  answer: async ({ sql }: Deps, { after = 0n, limit }) =>
    accepted(await wallets.listWallets(sql, after, limit)),
});

const config = readConfig(['DATABASE_URL', 'EVENT_BUS_NAME', 'WALLET_GROUPS', 'API_KEYS']);
const deps = {
  sql: openDatabase(config.DATABASE_URL),
  bus: eventBridge(config.EVENT_BUS_NAME),
  apiKeys: config.API_KEYS,
};

export const create = createWallet(config.WALLET_GROUPS)(deps);
export const get = getWallet(deps);
export const list = listWallets(deps);
