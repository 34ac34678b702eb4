import { awaits, identityOf, operationReply } from '../lib/accept/accepted.ts';
import { acceptTransfer } from '../lib/accept/transfer.ts';
import { receiptSchema, transferSchema } from '../lib/accept/transfer-schemas.ts';
import { apiKeys } from '../lib/access/caller.ts';
import { database } from '../lib/aws/database.ts';
import { command } from '../lib/http/route.ts';
import { publish } from '../lib/messaging/event-bus-later.ts';
import { send } from '../lib/messaging/wake-ups.ts';
import { showTransaction } from '../lib/reports/transaction.ts';
import { entry } from '../lib/runtime/entry.ts';
import { settleAtOnce } from '../lib/settle/at-once.ts';

const operation = {
  scope: 'operations:write',
  ...operationReply,
  waiting: { scope: 'wallets:read', awaits, settle: settleAtOnce(showTransaction) },
} as const;

export const receiveAmount = command({
  route: 'POST /receive_amount',
  ...operation,
  input: receiptSchema,
  record: (sql, receipt, context, _path, claim) => acceptTransfer(sql, receipt, identityOf(context), claim),
});

export const transferAmount = command({
  route: 'POST /transfer_amount',
  ...operation,
  input: transferSchema,
  record: (sql, transfer, context, _path, claim) => acceptTransfer(sql, transfer, identityOf(context), claim),
});

const handlerOf = entry(database, send, publish, apiKeys);

export const receive = handlerOf(receiveAmount);
export const transfer = handlerOf(transferAmount);
