import * as z from 'zod';
import { type Accepted, identityOf, operationReply } from '../lib/accept/accepted.ts';
import { acceptCapture, acceptHold, acceptRelease } from '../lib/accept/hold.ts';
import { command } from '../lib/http/route.ts';
import { sqs } from '../lib/messaging/wake-ups.ts';
import { openDatabase } from '../lib/postgres/database.ts';
import { readConfig } from '../lib/runtime/config.ts';
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
  execute: (tx, hold, context) => acceptHold(tx, hold, identityOf(context)),
  ...operationReply,
  payload: ({ transactionId }: Accepted) => ({ HoldId: transactionId }),
});

export const captureHold = command({
  scope: 'operations:write',
  path: z.strictObject({ holdId: uuid }),
  input: z.strictObject({ TargetWalletId: walletId, Amount: amount.optional() }),
  execute: (tx, capture, context, { holdId }) =>
    acceptCapture(tx, { holdId, ...capture }, identityOf(context)),
  ...operationReply,
});

export const releaseHold = command({
  scope: 'operations:write',
  path: z.strictObject({ holdId: uuid }),
  input: z.strictObject({}),
  execute: (tx, _body, context, { holdId }) => acceptRelease(tx, holdId, identityOf(context)),
  ...operationReply,
});

const config = readConfig(['DATABASE_URL', 'QUEUE_URL', 'API_KEYS']);
const deps = {
  sql: openDatabase(config.DATABASE_URL),
  queue: sqs(config.QUEUE_URL),
  apiKeys: config.API_KEYS,
};

export const hold = holdAmount(deps);
export const capture = captureHold(deps);
export const release = releaseHold(deps);
