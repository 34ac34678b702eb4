import * as z from 'zod';
import { apiKeys } from '../lib/access/caller.ts';
import { database } from '../lib/aws/database.ts';
import { command } from '../lib/http/route.ts';
import { type Bus, publish } from '../lib/messaging/event-bus.ts';
import { publishEvents, removePublished } from '../lib/messaging/outbox.ts';
import type { Sql } from '../lib/postgres/database.ts';
import { entry, setting } from '../lib/runtime/entry.ts';
import * as wallets from '../lib/wallets/wallets.ts';
import { details, ownerId } from '../lib/wire/details.ts';
import { currency, text } from '../lib/wire/fields.ts';

interface Deps {
  readonly sql: Sql;
  readonly bus: Bus | undefined;
}

/** @param stagesEvents whether somebody listens to events */
export const createWallet = (groups: number, stagesEvents = true) =>
  command({
    route: 'POST /wallet',
    scope: 'wallets:write',
    input: z.strictObject({
      Name: text,
      Country: text,
      City: text,
      Currency: currency,
      OwnerId: ownerId,
      ...details,
    }),
    transact: (tx, wallet, { correlationId, owner }) =>
      wallets.createWallet(tx, wallet, groups, correlationId, stagesEvents, owner),
    payload: ({ walletId }) => ({ WalletID: walletId }),
    afterCommit: async ({ sql, bus }: Deps, { events }) => {
      await removePublished(sql, await publishEvents(bus, events));
    },
  });

export const create = entry(
  database,
  publish,
  apiKeys,
  setting('WALLET_GROUPS'),
)(({ WALLET_GROUPS, ...deps }) => createWallet(WALLET_GROUPS, deps.bus !== undefined)(deps));
