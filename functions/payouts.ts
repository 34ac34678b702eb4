import * as z from 'zod';
import { awaits, identityOf, operationReply } from '../lib/accept/accepted.ts';
import { triedOne, walletsOfHold } from '../lib/accept/dry-run.ts';
import { acceptAnswer, acceptPayout } from '../lib/accept/payout.ts';
import { receiptSchema, triable } from '../lib/accept/transfer-schemas.ts';
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
import { flag, uuid } from '../lib/wire/fields.ts';

const operation = {
  scope: 'operations:write',
  ...operationReply,
  waiting: { scope: 'wallets:read', awaits, settle: settleAtOnce(showTransaction) },
} as const;

const settle = settleAndUndo(showDryRun);

export const sendAmount = command({
  route: 'POST /send_amount',
  ...operation,
  input: receiptSchema.extend({ Confirm: flag, ...triable }),
  record: (sql, { DryRun: _isTried, ...payout }, context, _path, claim) =>
    acceptPayout(sql, payout, identityOf(context), claim),
  dryRun: { ...triedOne, settle, wallets: async (_tx, { WalletId }) => [WalletId] },
});

const answer = {
  ...operation,
  path: z.strictObject({ transactionId: uuid }),
  input: z.strictObject(triable),
  dryRun: {
    ...triedOne,
    settle,
    wallets: (tx: Tx, _body: object, { transactionId }: { readonly transactionId: string }) =>
      walletsOfHold(tx, transactionId),
  },
} as const;

export const confirmPayout = command({
  route: 'POST /send_amount/{transactionId}/confirm',
  ...answer,
  transact: (tx, _body, { correlationId }, { transactionId }) =>
    acceptAnswer(tx, 'payout', { transactionId, correlationId }),
});

export const cancelPayout = command({
  route: 'POST /send_amount/{transactionId}/cancel',
  ...answer,
  transact: (tx, _body, { correlationId }, { transactionId }) =>
    acceptAnswer(tx, 'payout_cancel', { transactionId, correlationId }),
});

const handlerOf = entry(database, send, publish, apiKeys);

export const payout = handlerOf(sendAmount);
export const confirm = handlerOf(confirmPayout);
export const cancel = handlerOf(cancelPayout);
