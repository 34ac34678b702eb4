import * as z from 'zod';
import { apiKeys } from '../lib/access/caller.ts';
import { database } from '../lib/aws/database.ts';
import { eachRoute } from '../lib/http/each-route.ts';
import { command, query } from '../lib/http/route.ts';
import { ALERT_DIRECTIONS } from '../lib/ledger/alert.ts';
import { DIRECTIONS } from '../lib/ledger/limits.ts';
import { type Bus, publish } from '../lib/messaging/event-bus.ts';
import { publishEvents, removePublished } from '../lib/messaging/outbox.ts';
import type { Sql } from '../lib/postgres/database.ts';
import { entry } from '../lib/runtime/entry.ts';
import * as alerts from '../lib/wallets/alerts.ts';
import type { Changed } from '../lib/wallets/change.ts';
import * as rules from '../lib/wallets/rules.ts';
import { balance, choice, integerText, limit, text, uuid, wordOf } from '../lib/wire/fields.ts';
import { isRawNumber } from '../lib/wire/json.ts';

interface Deps {
  readonly sql: Sql;
  readonly bus: Bus | undefined;
}

const change = {
  scope: 'wallets:write',
  path: z.strictObject({ walletId: integerText }),
  payload: ({ wallet }: Changed) => wallet,
  afterCommit: async ({ sql, bus }: Deps, { events }: Changed) => {
    await removePublished(sql, await publishEvents(bus, events));
  },
} as const;

const direction = z.strictObject({ Direction: choice(DIRECTIONS, 'both') });

/** A limit that is left as it is if missing, and removed by null. */
const changedLimit = limit.nullable().optional();

const NO_LIMITS = 'must be an object of PerOperation, PerDay and PerMonth, or null';

const spendLimits = z.preprocess(
  // A number is an object to zod.
  (value) => (isRawNumber(value) ? value.rawJSON : value),
  z.strictObject(
    { PerOperation: changedLimit, PerDay: changedLimit, PerMonth: changedLimit },
    { error: ({ code }) => (code === 'invalid_type' ? NO_LIMITS : undefined) },
  ),
);

const limits = z.strictObject({
  CreditLimit: changedLimit,
  BalanceLimit: changedLimit,
  SpendLimits: spendLimits.nullable().optional(),
});

export const freezeWallet = (stagesEvents = true) =>
  command({
    route: 'POST /wallet/{walletId}/freeze',
    ...change,
    input: direction,
    transact: (tx, { Direction }, { correlationId }, { walletId }) =>
      rules.freezeWallet(tx, walletId, Direction, true, { correlationId, stagesEvents }),
  });

export const unfreezeWallet = (stagesEvents = true) =>
  command({
    route: 'POST /wallet/{walletId}/unfreeze',
    ...change,
    input: direction,
    transact: (tx, { Direction }, { correlationId }, { walletId }) =>
      rules.freezeWallet(tx, walletId, Direction, false, { correlationId, stagesEvents }),
  });

export const closeWallet = (stagesEvents = true) =>
  command({
    route: 'POST /wallet/{walletId}/close',
    ...change,
    input: z.strictObject({}),
    transact: (tx, _body, { correlationId }, { walletId }) =>
      rules.closeWallet(tx, walletId, { correlationId, stagesEvents }),
  });

export const renameWallet = (stagesEvents = true) =>
  command({
    route: 'POST /wallet/{walletId}/rename',
    ...change,
    input: z.strictObject({ Name: text }),
    transact: (tx, { Name }, { correlationId }, { walletId }) =>
      rules.renameWallet(tx, walletId, Name, { correlationId, stagesEvents }),
  });

export const limitWallet = (stagesEvents = true) =>
  command({
    route: 'POST /wallet/{walletId}/limits',
    ...change,
    input: limits,
    transact: (tx, wanted, { correlationId }, { walletId }) =>
      rules.limitWallet(tx, walletId, wanted, { correlationId, stagesEvents }),
  });

const changeOfAlerts = {
  scope: 'wallets:write',
  path: z.strictObject({ walletId: integerText }),
  payload: (alert: alerts.AlertView) => alert,
} as const;

export const addAlert = command({
  route: 'POST /wallet/{walletId}/alerts',
  ...changeOfAlerts,
  input: z.strictObject({ Direction: wordOf(ALERT_DIRECTIONS), Balance: balance }),
  transact: (tx, { Direction, Balance }, { newId }, { walletId }) =>
    alerts.addAlert(tx, walletId, newId(), { direction: Direction, threshold: Balance }),
});

export const removeAlert = command({
  route: 'POST /wallet/{walletId}/alerts/remove',
  ...changeOfAlerts,
  input: z.strictObject({ AlertId: uuid }),
  transact: (tx, { AlertId }, _context, { walletId }) => alerts.removeAlert(tx, walletId, AlertId),
});

export const listAlerts = query({
  route: 'GET /wallet/{walletId}/alerts',
  scope: 'wallets:read',
  input: z.strictObject({ walletId: integerText }),
  answer: ({ sql }: Pick<Deps, 'sql'>, { walletId }) => alerts.listAlerts(sql, walletId),
});

export const changeWallet = entry(
  database,
  publish,
  apiKeys,
)((deps) => {
  const stagesEvents = deps.bus !== undefined;
  const routes = [freezeWallet, unfreezeWallet, closeWallet, renameWallet, limitWallet];
  const changes = routes.map((route) => route(stagesEvents));
  return eachRoute<typeof deps>(...changes, addAlert, removeAlert, listAlerts)(deps);
});
