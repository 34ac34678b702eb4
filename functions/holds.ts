import * as z from 'zod';
import { holdPayload, identityOf, operationReply } from '../lib/accept/accepted.ts';
import { acceptCapture, acceptHold, acceptRelease } from '../lib/accept/hold.ts';
import { apiKeys } from '../lib/access/caller.ts';
import { database } from '../lib/aws/database.ts';
import { command } from '../lib/http/route.ts';
import { send } from '../lib/messaging/wake-ups.ts';
import { entry } from '../lib/runtime/entry.ts';
import { amount, seconds, uuid, walletId } from '../lib/wire/fields.ts';

/** A hold lasts a week unless it says otherwise, and a month at most: what card networks allow. */
const DAY_SECONDS = 24 * 60 * 60;
const DEFAULT_EXPIRY_SECONDS = 7 * DAY_SECONDS;
const MAX_EXPIRY_SECONDS = 31 * DAY_SECONDS;

export const holdAmount = command({
  route: 'POST /hold',
  scope: 'operations:write',
  input: z.strictObject({
    WalletId: walletId,
    Amount: amount,
    ExpiresInSeconds: seconds(1, MAX_EXPIRY_SECONDS, DEFAULT_EXPIRY_SECONDS),
  }),
  record: (sql, hold, context, _path, claim) => acceptHold(sql, hold, identityOf(context), claim),
  ...operationReply,
  payload: holdPayload,
});

export const captureHold = command({
  route: 'POST /hold/{holdId}/capture',
  scope: 'operations:write',
  path: z.strictObject({ holdId: uuid }),
  input: z.strictObject({ TargetWalletId: walletId, Amount: amount.optional() }),
  record: (sql, capture, context, { holdId }, claim) =>
    acceptCapture(sql, { holdId, ...capture }, identityOf(context), claim),
  ...operationReply,
});

export const releaseHold = command({
  route: 'POST /hold/{holdId}/release',
  scope: 'operations:write',
  path: z.strictObject({ holdId: uuid }),
  input: z.strictObject({}),
  record: (sql, _body, context, { holdId }, claim) => acceptRelease(sql, holdId, identityOf(context), claim),
  ...operationReply,
});

const handlerOf = entry(database, send, apiKeys);

export const hold = handlerOf(holdAmount);
export const capture = handlerOf(captureHold);
export const release = handlerOf(releaseHold);
