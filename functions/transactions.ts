import { awaits, identityOf, operationReply } from '../lib/accept/accepted.ts';
import { triedOne, walletsOfTransfers } from '../lib/accept/dry-run.ts';
import { acceptTransfer, type Receipt, type Transfer } from '../lib/accept/transfer.ts';
import { receiptRequest, transferRequest } from '../lib/accept/transfer-schemas.ts';
import { apiKeys } from '../lib/access/caller.ts';
import { database } from '../lib/aws/database.ts';
import { command } from '../lib/http/route.ts';
import { publish } from '../lib/messaging/event-bus-later.ts';
import { send } from '../lib/messaging/wake-ups.ts';
import type { Tx } from '../lib/postgres/database.ts';
import { showDryRun } from '../lib/reports/dry-run.ts';
import { showTransaction } from '../lib/reports/transaction.ts';
import { entry } from '../lib/runtime/entry.ts';
import { settleAndUndo, settleAtOnce } from '../lib/settle/at-once.ts';

const operation = {
  scope: 'operations:write',
  ...operationReply,
  waiting: { scope: 'wallets:read', awaits, settle: settleAtOnce(showTransaction) },
  dryRun: {
    ...triedOne,
    settle: settleAndUndo(showDryRun),
    wallets: async (_tx: Tx, transfer: Receipt | Transfer) => walletsOfTransfers([transfer]),
  },
} as const;

export const receiveAmount = command({
  route: 'POST /receive_amount',
  ...operation,
  input: receiptRequest,
  record: (sql, receipt, context, _path, claim) => acceptTransfer(sql, receipt, identityOf(context), claim),
});

export const transferAmount = command({
  route: 'POST /transfer_amount',
  ...operation,
  input: transferRequest,
  record: (sql, transfer, context, _path, claim) => acceptTransfer(sql, transfer, identityOf(context), claim),
});

export const receive = entry(database, send, publish, apiKeys)(receiveAmount);
