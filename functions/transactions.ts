import { identityOf, operationReply } from '../lib/accept/accepted.ts';
import { acceptTransfer } from '../lib/accept/transfer.ts';
import { receiptSchema, transferSchema } from '../lib/accept/transfer-schemas.ts';
import { apiKeys } from '../lib/access/caller.ts';
import { command } from '../lib/http/route.ts';
import { send } from '../lib/messaging/wake-ups.ts';
import { database } from '../lib/postgres/database.ts';
import { entry } from '../lib/runtime/entry.ts';

export const receiveAmount = command({
  scope: 'operations:write',
  input: receiptSchema,
  execute: (sql, receipt, context) => acceptTransfer(sql, receipt, identityOf(context)),
  ...operationReply,
});

export const transferAmount = command({
  scope: 'operations:write',
  input: transferSchema,
  execute: (sql, transfer, context) => acceptTransfer(sql, transfer, identityOf(context)),
  ...operationReply,
});

const handlerOf = entry(database, send, apiKeys);

export const receive = handlerOf(receiveAmount);
export const transfer = handlerOf(transferAmount);
