import { z } from 'zod';
import { readConfig } from '../lib/config.ts';
import { openDatabase, type Sql } from '../lib/db.ts';
import { amount, currency, uuid, walletId } from '../lib/fields.ts';
import { command, query } from '../lib/http.ts';
import { acceptReceipt, acceptTransfer } from '../lib/operations.ts';
import { sqs } from '../lib/queue.ts';
import { identityOf, operationReply } from '../lib/replies.ts';
import * as transactions from '../lib/transactions.ts';

export const receiveAmount = command({
  scope: 'operations:write',
  input: z.strictObject({ WalletId: walletId, Amount: amount, Currency: currency }),
  execute: (tx, receipt, context) => acceptReceipt(tx, receipt, identityOf(context)),
  ...operationReply,
});

export const transferAmount = command({
  scope: 'operations:write',
  input: z.strictObject({
    OriginWalletId: walletId,
    TargetWalletId: walletId,
    Amount: amount,
    Currency: currency,
  }),
  execute: (tx, transfer, context) => acceptTransfer(tx, transfer, identityOf(context)),
  ...operationReply,
});

export const getTransaction = query({
  scope: 'wallets:read',
  input: z.strictObject({ transactionId: uuid }),
  answer: ({ sql }: { readonly sql: Sql }, input) => transactions.getTransaction(sql, input.transactionId),
});

const config = readConfig(['DATABASE_URL', 'QUEUE_URL', 'API_KEYS']);
const deps = {
  sql: openDatabase(config.DATABASE_URL),
  queue: sqs(config.QUEUE_URL),
  apiKeys: config.API_KEYS,
};

export const receive = receiveAmount(deps);
export const transfer = transferAmount(deps);
export const get = getTransaction(deps);
