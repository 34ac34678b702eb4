import * as z from 'zod';
import { readConfig } from '../lib/config.ts';
import { openDatabase } from '../lib/db.ts';
import { amount, uuid } from '../lib/fields.ts';
import { command } from '../lib/http.ts';
import { sqs } from '../lib/queue.ts';
import { acceptRefund } from '../lib/refunds.ts';
import { identityOf, operationReply } from '../lib/replies.ts';

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
