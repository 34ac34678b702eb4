import * as z from 'zod';
import { command } from '../lib/http/route.ts';
import { type Bus, eventBridge } from '../lib/messaging/event-bus.ts';
import { publishStaged } from '../lib/messaging/outbox.ts';
import { openDatabase, type Sql } from '../lib/postgres/database.ts';
import { readConfig } from '../lib/runtime/config.ts';
import * as wallets from '../lib/wallets/wallets.ts';
import { currency, text } from '../lib/wire/fields.ts';

interface Deps {
  readonly sql: Sql;
  readonly bus: Bus;
}

export const createWallet = (groups: number) =>
  command({
    scope: 'wallets:write',
    input: z.strictObject({ Name: text, Country: text, City: text, Currency: currency }),
    execute: (tx, wallet, { correlationId }) => wallets.createWallet(tx, wallet, groups, correlationId),
    payload: ({ walletId }) => ({ WalletID: walletId }),
    afterCommit: async ({ sql, bus }: Deps, { eventId }) => {
      await publishStaged(sql, bus, [eventId]);
    },
  });

const config = readConfig(['DATABASE_URL', 'EVENT_BUS_NAME', 'WALLET_GROUPS', 'API_KEYS']);

export const create = createWallet(config.WALLET_GROUPS)({
  sql: openDatabase(config.DATABASE_URL),
  bus: eventBridge(config.EVENT_BUS_NAME),
  apiKeys: config.API_KEYS,
});
