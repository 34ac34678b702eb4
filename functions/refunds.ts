import * as z from 'zod';
import { awaits, identityOf, operationReply } from '../lib/accept/accepted.ts';
import { triedOne, walletsOfRefund } from '../lib/accept/dry-run.ts';
import { acceptRefund } from '../lib/accept/refund.ts';
import { acceptRefundSpread } from '../lib/accept/spread.ts';
import { triable } from '../lib/accept/transfer-schemas.ts';
import { apiKeys } from '../lib/access/caller.ts';
import { database } from '../lib/aws/database.ts';
import { command } from '../lib/http/route.ts';
import { publish } from '../lib/messaging/event-bus-later.ts';
import { send } from '../lib/messaging/wake-ups.ts';
import { showDryRun } from '../lib/reports/dry-run.ts';
import { showTransaction } from '../lib/reports/transaction.ts';
import { entry } from '../lib/runtime/entry.ts';
import { settleAndUndo, settleAtOnce } from '../lib/settle/at-once.ts';
import { details } from '../lib/wire/details.ts';
import { amount, uuid } from '../lib/wire/fields.ts';

const refunding = {
  route: 'POST /refund',
  scope: 'operations:write',
  input: z.strictObject({ TransactionId: uuid, Amount: amount.optional(), ...details, ...triable }),
  ...operationReply,
  waiting: { scope: 'wallets:read', awaits, settle: settleAtOnce(showTransaction) },
  dryRun: { ...triedOne, settle: settleAndUndo(showDryRun), wallets: walletsOfRefund },
} as const;

export const refundTransaction = command({
  ...refunding,
  execute: (sql, refund, context) => acceptRefund(sql, refund, identityOf(context)),
});

/** The same on tables that are spread over several servers. */
export const refundTransactionSpread = command({
  ...refunding,
  transact: (tx, refund, context) => acceptRefundSpread(tx, refund, identityOf(context)),
});

export const refund = entry(database, send, publish, apiKeys)(refundTransaction);
