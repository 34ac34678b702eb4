import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { acceptOperations } from '../functions/batch.ts';
import { receiveAmount } from '../functions/transactions.ts';
import { MAX_ENTRIES } from '../lib/accept/batch.ts';
import { sqs, type WakeUpQueue } from '../lib/messaging/wake-ups.ts';
import type { Sql } from '../lib/postgres/database.ts';
import { serveTasks } from '../localstack/processes/parent.ts';
import { percentile } from './measurement.ts';
import { NO_QUEUE } from './no-messages.ts';
import { post } from './post.ts';
import { openBench } from './postgres.ts';

/** What a request does: the bare INSERT of one row, a receipt, a receipt with an Idempotency-Key, a batch of receipts. */
export type Request = 'bare' | 'single' | 'keyed' | 'batch';

export interface Task {
  readonly request: Request;
  readonly url: string;
  /** The queue to send messages to; null sends none. */
  readonly queueUrl: string | null;
  /** Concurrent requests, each with a connection. */
  readonly atOnce: number;
  readonly requests: number;
  readonly wallets: number;
}

export interface Done {
  readonly perSecond: number;
  readonly medianMs: number;
  readonly slowMs: number;
}

/** The percentile reported beside the median. */
const SLOW_SHARE = 0.95;

/** Performs requests in `atOnce` concurrent loops. Every wallet is equally likely. */
async function perform({ request, url, queueUrl, atOnce, requests, wallets }: Task): Promise<Done> {
  const sql = openBench(url, atOnce);
  const queue = queueUrl === null ? NO_QUEUE : sqs(queueUrl);
  const send = senderOf(request, sql, queue, wallets);
  // Connects, and prepares the statements.
  await Promise.all(Array.from({ length: atOnce }, send));
  const latencies: number[] = [];
  const startedMs = performance.now();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let done = 0; done < requests / atOnce; done++) {
        const sentMs = performance.now();
        await send();
        latencies.push(performance.now() - sentMs);
      }
    }),
  );
  const seconds = (performance.now() - startedMs) / 1_000;
  await sql.end();
  latencies.sort((a, b) => a - b);
  return {
    perSecond: latencies.length / seconds,
    medianMs: percentile(latencies, 0.5),
    slowMs: percentile(latencies, SLOW_SHARE),
  };
}

function senderOf(request: Request, sql: Sql, queue: WakeUpQueue, wallets: number): () => Promise<void> {
  const anyWallet = (): number => 1 + Math.floor(Math.random() * wallets);
  const receipt = () => ({ WalletId: anyWallet(), Amount: 1_000_000, Currency: 'USD' });
  switch (request) {
    case 'bare':
      return async () => {
        await sql`
          INSERT INTO pending_operations (transaction_id, leg, wallet_id, wallet_group, amount, currency)
          VALUES (${uuidv7()}, 'receipt', ${anyWallet()}, 1, 1000000, 'USD')`;
      };
    case 'single':
    case 'keyed': {
      const handler = receiveAmount({ sql, queue, bus: undefined, apiKeys: 'off' });
      return () => post(handler, receipt(), request === 'keyed' ? { 'Idempotency-Key': randomUUID() } : {});
    }
    case 'batch': {
      const handler = acceptOperations({ sql, queue, apiKeys: 'off' });
      return () => post(handler, { Operations: Array.from({ length: MAX_ENTRIES }, receipt) }, {});
    }
  }
}

await serveTasks(perform);
