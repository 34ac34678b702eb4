import * as z from 'zod';
import { identityOf, operationReply } from '../lib/accept/accepted.ts';
import { acceptRefund } from '../lib/accept/refund.ts';
import { apiKeys } from '../lib/access/caller.ts';
import { command } from '../lib/http/route.ts';
import { send } from '../lib/messaging/wake-ups.ts';
import { database } from '../lib/postgres/database.ts';
import { entry } from '../lib/runtime/entry.ts';
import { amount, uuid } from '../lib/wire/fields.ts';

export const refundTransaction = command({
  scope: 'operations:write',
  input: z.strictObject({ TransactionId: uuid, Amount: amount.optional() }),
  execute: (sql, refund, context) => acceptRefund(sql, refund, identityOf(context)),
  ...operationReply,
});

export const refund = entry(database, send, apiKeys)(refundTransaction);
