import { z } from 'zod';
import { readConfig } from '../lib/config.ts';
import { openDatabase, type Sql } from '../lib/db.ts';
import { amount, currency, transactionId, walletId } from '../lib/fields.ts';
import { command, query, type RequestContext } from '../lib/http.ts';
import { type Accepted, acceptReceipt, acceptTransfer, type Identity } from '../lib/operations.ts';
import { type Queue, sqs } from '../lib/queue.ts';
import * as transactions from '../lib/transactions.ts';

interface Deps {
  readonly sql: Sql;
  readonly queue: Queue;
}

const identity = ({ newId, correlationId }: RequestContext): Identity => ({
  transactionId: newId(),
  correlationId,
});

/** What both kinds of operation have in common: the reply, and the message that wakes the processor. */
const reply = {
  payload: ({ transactionId }: Accepted) => ({ TransactionId: transactionId }),
  afterCommit: ({ queue }: Deps, { wakeUp }: Accepted) => queue.wake([wakeUp]),
};

export const receiveAmount = command({
  input: z.strictObject({ WalletId: walletId, Amount: amount, Currency: currency }),
  execute: (tx, receipt, context) => acceptReceipt(tx, receipt, identity(context)),
  ...reply,
});

export const transferAmount = command({
  input: z.strictObject({
    OriginWalletId: walletId,
    TargetWalletId: walletId,
    Amount: amount,
    Currency: currency,
  }),
  execute: (tx, transfer, context) => acceptTransfer(tx, transfer, identity(context)),
  ...reply,
});

export const getTransaction = query({
  input: z.strictObject({ transactionId }),
  answer: ({ sql }: Pick<Deps, 'sql'>, input) => transactions.getTransaction(sql, input.transactionId),
});

const config = readConfig(['DATABASE_URL', 'QUEUE_URL']);
const sql = openDatabase(config.DATABASE_URL);
const queue = sqs(config.QUEUE_URL);

export const receive = receiveAmount({ sql, queue });
export const transfer = transferAmount({ sql, queue });
export const get = getTransaction({ sql });
