import * as z from 'zod';
import { type Accepted, identityOf, operationReply } from '../lib/accept/accepted.ts';
import { acceptCapture, acceptHold, acceptRelease } from '../lib/accept/hold.ts';
import { apiKeys } from '../lib/access/caller.ts';
import { command } from '../lib/http/route.ts';
import { send } from '../lib/messaging/wake-ups.ts';
import { database } from '../lib/postgres/database.ts';
import { entry } from '../lib/runtime/entry.ts';
import { amount, seconds, uuid, walletId } from '../lib/wire/fields.ts';

/** A hold lasts a week unless it says otherwise, and a month at most: what card networks allow. */
const DAY_SECONDS = 24 * 60 * 60;
const DEFAULT_EXPIRY_SECONDS = 7 * DAY_SECONDS;
const MAX_EXPIRY_SECONDS = 31 * DAY_SECONDS;

export const holdAmount = command({
  scope: 'operations:write',
  input: z.strictObject({
    WalletId: walletId,
    Amount: amount,
    ExpiresInSeconds: seconds(1, MAX_EXPIRY_SECONDS, DEFAULT_EXPIRY_SECONDS),
  }),
  execute: (sql, hold, context) => acceptHold(sql, hold, identityOf(context)),
  ...operationReply,
  payload: ({ transactionId }: Accepted) => ({ HoldId: transactionId }),
});

export const captureHold = command({
  scope: 'operations:write',
  path: z.strictObject({ holdId: uuid }),
  input: z.strictObject({ TargetWalletId: walletId, Amount: amount.optional() }),
  execute: (sql, capture, context, { holdId }) =>
    acceptCapture(sql, { holdId, ...capture }, identityOf(context)),
  ...operationReply,
});

export const releaseHold = command({
  scope: 'operations:write',
  path: z.strictObject({ holdId: uuid }),
  input: z.strictObject({}),
  execute: (sql, _body, context, { holdId }) => acceptRelease(sql, holdId, identityOf(context)),
  ...operationReply,
});

const handlerOf = entry(database, send, apiKeys);

export const hold = handlerOf(holdAmount);
export const capture = handlerOf(captureHold);
export const release = handlerOf(releaseHold);
