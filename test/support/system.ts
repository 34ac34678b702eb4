import { v7 as uuidv7 } from 'uuid';
import { acceptOperations } from '../../functions/batch.ts';
import * as currencies from '../../functions/currencies.ts';
import * as holds from '../../functions/holds.ts';
import { createProcessor } from '../../functions/processor.ts';
import { showHold } from '../../functions/read-holds.ts';
import { getTransaction } from '../../functions/read-transactions.ts';
import { getWallet, listWallets } from '../../functions/read-wallets.ts';
import { refundTransaction } from '../../functions/refunds.ts';
import * as reports from '../../functions/reports.ts';
import * as transactions from '../../functions/transactions.ts';
import * as wallets from '../../functions/wallets.ts';
import type { Bus, BusEvent } from '../../lib/bus.ts';
import type { Sql } from '../../lib/db.ts';
import type { Queue, WakeUp } from '../../lib/queue.ts';
import { call } from './request.ts';

/** The rates of the contract's examples. */
export const RATES = '{"Rates": {"USD": 1.0, "EUR": 1.093809, "RUB": 0.009803, "THB": 0.029758}}';

/** A queue in memory that a test delivers from as it likes. */
export interface MemoryQueue extends Queue {
  readonly sent: WakeUp[];
  readonly postponed: { receiptHandle: string; delaySeconds: number }[];
  isDown: boolean;
}

export interface MemoryBus extends Bus {
  readonly events: BusEvent[];
  /** How many events in a row it refuses next. */
  refuses: number;
  isDown: boolean;
}

function memoryQueue(): MemoryQueue {
  return {
    sent: [],
    postponed: [],
    isDown: false,
    async wake(wakeUps) {
      if (this.isDown) throw new Error('the queue does not answer');
      this.sent.push(...wakeUps);
    },
    async postpone(receiptHandle, delaySeconds) {
      this.postponed.push({ receiptHandle, delaySeconds });
    },
  };
}

function memoryBus(): MemoryBus {
  return {
    events: [],
    refuses: 0,
    isDown: false,
    async publish(events) {
      if (this.isDown) throw new Error('the bus does not answer');
      return events.map((event) => {
        if (this.refuses > 0) {
          this.refuses -= 1;
          return false;
        }
        this.events.push(event);
        return true;
      });
    },
  };
}

/** An SQS event with one record per wake-up. */
export function sqsEvent(wakeUps: readonly WakeUp[], receiveCount = 1) {
  return {
    Records: wakeUps.map(({ walletId, group, correlationId }, index) => ({
      messageId: `message-${index}`,
      receiptHandle: `receipt-${index}`,
      body: JSON.stringify({ walletId: walletId.toString(), correlationId }),
      attributes: { MessageGroupId: String(group), ApproximateReceiveCount: String(receiveCount) },
    })),
  };
}

/** The real handlers over a real database, with a queue and a bus in memory. */
export function testSystem(sql: Sql, groups = 2) {
  const queue = memoryQueue();
  const bus = memoryBus();
  const processor = createProcessor({ sql, queue, bus });
  const lambda = { getRemainingTimeInMillis: () => 30_000 };

  const handlers = {
    updateCurrencies: currencies.updateCurrencies({ sql }),
    getCurrencies: currencies.getCurrencies({ sql }),
    getConversion: currencies.getConversion({ sql }),
    createWallet: wallets.createWallet(groups)({ sql, bus }),
    getWallet: getWallet({ sql }),
    listWallets: listWallets({ sql }),
    receiveAmount: transactions.receiveAmount({ sql, queue }),
    transferAmount: transactions.transferAmount({ sql, queue }),
    getTransaction: getTransaction({ sql }),
    refundTransaction: refundTransaction({ sql, queue }),
    holdAmount: holds.holdAmount({ sql, queue }),
    captureHold: holds.captureHold({ sql, queue }),
    releaseHold: holds.releaseHold({ sql, queue }),
    showHold: showHold({ sql }),
    acceptOperations: acceptOperations({ sql, queue }),
    listOperations: reports.listOperations({ sql }),
    downloadOperations: reports.downloadOperations({ sql }),
    totalOperations: reports.totalOperations({ sql }),
  };

  return {
    sql,
    queue,
    bus,
    handlers,
    process: async (wakeUps: readonly WakeUp[], receiveCount = 1) =>
      await processor(sqsEvent(wakeUps, receiveCount), lambda),

    /** Delivers what was sent, batch by batch, until nothing is left. */
    async settleAll(): Promise<void> {
      for (;;) {
        const batch = queue.sent.splice(0, 10);
        if (batch.length === 0) return;
        const { batchItemFailures } = await processor(sqsEvent(batch), lambda);
        if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} messages failed`);
      }
    },

    async setRates(): Promise<void> {
      await call(handlers.updateCurrencies, { text: RATES });
    },

    async wallet(Currency: string): Promise<bigint> {
      const body = { Name: 'Jon Snow', Country: 'UK', City: 'London', Currency };
      return (await call(handlers.createWallet, { body })).payload.WalletID;
    },

    /** Records money in, to be settled later. */
    async receive(WalletId: bigint, Amount: bigint, Currency: string): Promise<string> {
      const answer = await call(handlers.receiveAmount, { body: { WalletId, Amount, Currency } });
      return answer.payload.TransactionId;
    },

    /** Records a transfer, to be settled later. */
    async transfer(
      OriginWalletId: bigint,
      TargetWalletId: bigint,
      Amount: bigint,
      Currency: string,
    ): Promise<string> {
      const body = { OriginWalletId, TargetWalletId, Amount, Currency };
      return (await call(handlers.transferAmount, { body })).payload.TransactionId;
    },

    async balance(walletId: bigint): Promise<bigint> {
      return (await call(handlers.getWallet, { path: { walletId: walletId.toString() } })).payload.Balance;
    },

    async transaction(transactionId: string): Promise<any> {
      return (await call(handlers.getTransaction, { path: { transactionId } })).payload;
    },

    newId: uuidv7,
  };
}
