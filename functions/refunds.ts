import * as z from 'zod';
import { identityOf, operationReply } from '../lib/accept/accepted.ts';
import { acceptRefund } from '../lib/accept/refund.ts';
import { command } from '../lib/http/route.ts';
import { sqs } from '../lib/messaging/wake-ups.ts';
import { openDatabase } from '../lib/postgres/database.ts';
import { readConfig } from '../lib/runtime/config.ts';
import { amount, uuid } from '../lib/wire/fields.ts';

export const refundTransaction = command({
  scope: 'operations:write',
  input: z.strictObject({ TransactionId: uuid, Amount: amount.optional() }),
  execute: (tx, refund, context) => acceptRefund(tx, refund, identityOf(context)),
  ...operationReply,
});

const config = readConfig(['DATABASE_URL', 'QUEUE_URL', 'API_KEYS']);

export const refund = refundTransaction({
  sql: openDatabase(config.DATABASE_URL),
  queue: sqs(config.QUEUE_URL),
  apiKeys: config.API_KEYS,
});
