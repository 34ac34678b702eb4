import { identityOf, operationReply } from '../lib/accept/accepted.ts';
import { acceptTransfer } from '../lib/accept/transfer.ts';
import { receiptSchema, transferSchema } from '../lib/accept/transfer-schemas.ts';
import { apiKeys } from '../lib/access/caller.ts';
import { database } from '../lib/aws/database.ts';
import { command } from '../lib/http/route.ts';
import { send } from '../lib/messaging/wake-ups.ts';
import { entry } from '../lib/runtime/entry.ts';

export const receiveAmount = command({
  route: 'POST /receive_amount',
  scope: 'operations:write',
  input: receiptSchema,
  record: (sql, receipt, context, _path, claim) => acceptTransfer(sql, receipt, identityOf(context), claim),
  ...operationReply,
});

export const transferAmount = command({
  route: 'POST /transfer_amount',
  scope: 'operations:write',
  input: transferSchema,
  record: (sql, transfer, context, _path, claim) => acceptTransfer(sql, transfer, identityOf(context), claim),
  ...operationReply,
});

const handlerOf = entry(database, send, apiKeys);

export const receive = handlerOf(receiveAmount);
export const transfer = handlerOf(transferAmount);
