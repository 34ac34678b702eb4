import * as z from 'zod';
import { awaits, holdPayload, identityOf, operationReply } from '../lib/accept/accepted.ts';
import { triedHold, triedOne, walletsOfHold } from '../lib/accept/dry-run.ts';
import { acceptCapture, acceptHold, acceptRelease } from '../lib/accept/hold.ts';
import { triable } from '../lib/accept/transfer-schemas.ts';
import { apiKeys } from '../lib/access/caller.ts';
import { database } from '../lib/aws/database.ts';
import { command } from '../lib/http/route.ts';
import { publish } from '../lib/messaging/event-bus-later.ts';
import { send } from '../lib/messaging/wake-ups.ts';
import { showDryRun } from '../lib/reports/dry-run.ts';
import { showTransaction } from '../lib/reports/transaction.ts';
import { entry } from '../lib/runtime/entry.ts';
import { settleAndUndo, settleAtOnce } from '../lib/settle/at-once.ts';
import { DEFAULT_HOLD_SECONDS, MAX_HOLD_SECONDS } from '../lib/wallets/extension.ts';
import { details } from '../lib/wire/details.ts';
import {
  amount,
  amountOrNothing,
  currency,
  flagUnlessNot,
  seconds,
  uuid,
  walletId,
} from '../lib/wire/fields.ts';

const operation = {
  scope: 'operations:write',
  ...operationReply,
  waiting: { scope: 'wallets:read', awaits, settle: settleAtOnce(showTransaction) },
} as const;

const settle = settleAndUndo(showDryRun);

export const holdAmount = command({
  route: 'POST /hold',
  ...operation,
  input: z.strictObject({
    WalletId: walletId,
    Amount: amount,
    Currency: currency.optional(),
    OverCapture: amountOrNothing,
    ExpiresInSeconds: seconds(1, MAX_HOLD_SECONDS, DEFAULT_HOLD_SECONDS),
    ...details,
    ...triable,
  }),
  record: (sql, hold, context, _path, claim) => acceptHold(sql, hold, identityOf(context), claim),
  payload: holdPayload,
  dryRun: { ...triedHold, settle, wallets: async (_tx, { WalletId }) => [WalletId] },
});

export const captureHold = command({
  route: 'POST /hold/{holdId}/capture',
  ...operation,
  path: z.strictObject({ holdId: uuid }),
  input: z.strictObject({
    TargetWalletId: walletId,
    Amount: amount.optional(),
    Final: flagUnlessNot,
    ...triable,
  }),
  record: (sql, capture, context, { holdId }, claim) =>
    acceptCapture(sql, { holdId, ...capture }, identityOf(context), claim),
  dryRun: {
    ...triedOne,
    settle,
    wallets: (tx, { TargetWalletId }, { holdId }) => walletsOfHold(tx, holdId, TargetWalletId),
  },
});

export const releaseHold = command({
  route: 'POST /hold/{holdId}/release',
  ...operation,
  path: z.strictObject({ holdId: uuid }),
  input: z.strictObject(triable),
  record: (sql, _body, context, { holdId }, claim) => acceptRelease(sql, holdId, identityOf(context), claim),
  dryRun: { ...triedOne, settle, wallets: (tx, _body, { holdId }) => walletsOfHold(tx, holdId) },
});

const handlerOf = entry(database, send, publish, apiKeys);

export const hold = handlerOf(holdAmount);
export const capture = handlerOf(captureHold);
export const release = handlerOf(releaseHold);
