import * as z from 'zod';
import { apiKeys } from '../lib/access/caller.ts';
import { database } from '../lib/aws/database.ts';
import { command } from '../lib/http/route.ts';
import { type Bus, publish } from '../lib/messaging/event-bus.ts';
import { publishEvents, removePublished } from '../lib/messaging/outbox.ts';
import type { Sql } from '../lib/postgres/database.ts';
import { entry } from '../lib/runtime/entry.ts';
import * as extensions from '../lib/wallets/extension.ts';
import { secondsGiven, uuid } from '../lib/wire/fields.ts';

interface Deps {
  readonly sql: Sql;
  readonly bus: Bus | undefined;
}

/** @param stagesEvents whether somebody listens to events */
export const extendHold = (stagesEvents = true) =>
  command({
    route: 'POST /hold/{holdId}/extend',
    scope: 'operations:write',
    path: z.strictObject({ holdId: uuid }),
    input: z.strictObject({ ExpiresInSeconds: secondsGiven(1, extensions.MAX_HOLD_SECONDS) }),
    transact: (tx, { ExpiresInSeconds }, { correlationId }, { holdId }) =>
      extensions.extendHold(tx, { holdId, ExpiresInSeconds }, correlationId, stagesEvents),
    payload: ({ holdId, expiresAt }) => ({ HoldId: holdId, ExpiresAt: expiresAt }),
    afterCommit: async ({ sql, bus }: Deps, { events }) => {
      await removePublished(sql, await publishEvents(bus, events));
    },
  });

export const extend = entry(database, publish, apiKeys)((deps) => extendHold(deps.bus !== undefined)(deps));
