import { identityOf, operationReply } from '../lib/accept/accepted.ts';
import { acceptTransfer } from '../lib/accept/transfer.ts';
import { receiptSchema, transferSchema } from '../lib/accept/transfer-schemas.ts';
import { command } from '../lib/http/route.ts';
import { sqs } from '../lib/messaging/wake-ups.ts';
import { openDatabase } from '../lib/postgres/database.ts';
import { readConfig } from '../lib/runtime/config.ts';

export const receiveAmount = command({
  scope: 'operations:write',
  input: receiptSchema,
  execute: (tx, receipt, context) => acceptTransfer(tx, receipt, identityOf(context)),
  ...operationReply,
});

export const transferAmount = command({
  scope: 'operations:write',
  input: transferSchema,
  execute: (tx, transfer, context) => acceptTransfer(tx, transfer, identityOf(context)),
  ...operationReply,
});

const config = readConfig(['DATABASE_URL', 'QUEUE_URL', 'API_KEYS']);
const deps = {
  sql: openDatabase(config.DATABASE_URL),
  queue: sqs(config.QUEUE_URL),
  apiKeys: config.API_KEYS,
};

export const receive = receiveAmount(deps);
export const transfer = transferAmount(deps);
