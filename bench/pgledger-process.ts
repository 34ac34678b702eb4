import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from 'aws-lambda';
import { acceptOperations } from '../functions/batch.ts';
import { transferAmount } from '../functions/transactions.ts';
import type { Sql } from '../lib/postgres/database.ts';
import { processBatch } from '../lib/settle/processor.ts';
import { httpEvent } from '../localstack/lambda/http-event.ts';
import { serveTasks } from '../localstack/processes/parent.ts';
import { NO_BUS, NO_QUEUE } from './no-messages.ts';
import { openBench, PROCESSOR_CONNECTIONS } from './postgres.ts';

/** As long as a function that moves money may take on AWS, in milliseconds. */
const REMAINING_MS = 28_000;

/** What a process does; `atOnce` is its number of connections. */
export type Task =
  /** Serves the handlers over HTTP. */
  | { readonly kind: 'serve'; readonly url: string; readonly atOnce: number }
  /** Ends what `serve` or `process` began; for the latter, once nothing is pending. */
  | { readonly kind: 'end' }
  /** Settles what is pending, again and again. */
  | { readonly kind: 'process'; readonly url: string }
  /** Calls pgledger's function; with more than one transfer a call, the one that takes many. */
  | {
      readonly kind: 'call';
      readonly url: string;
      readonly atOnce: number;
      readonly transfers: number;
      readonly perCall: number;
    };

/** The port of `serve`, the operations settled by `process`, the milliseconds of `call`. */
export type Done = number;

/** Pause of the processor when it has settled all, in milliseconds: about as long as a message takes to it. */
const PAUSE_MS = 20;

let endService: (() => Promise<void>) | undefined;
let isEnding = false;

async function perform(task: Task): Promise<Done> {
  switch (task.kind) {
    case 'serve':
      return await serve(openBench(task.url, task.atOnce));
    case 'end':
      isEnding = true;
      await endService?.();
      return 0;
    case 'process':
      return await settle(openBench(task.url, PROCESSOR_CONNECTIONS));
    case 'call':
      return await call(openBench(task.url, task.atOnce), task);
  }
}

async function serve(sql: Sql): Promise<number> {
  const deps = { sql, queue: NO_QUEUE, bus: NO_BUS, apiKeys: 'off' as const };
  const handlers = { '/transfer_amount': transferAmount(deps), '/batch': acceptOperations(deps) };
  const server = createServer((request, response) => {
    const path = request.url as keyof typeof handlers;
    const reply = async (): Promise<void> => {
      const matched = { routeKey: `POST ${path}`, parameters: undefined };
      const event = httpEvent(request, await bodyOf(request), matched, undefined);
      const { statusCode, headers, body } = await handlers[path](event, {
        awsRequestId: 'bench',
        getRemainingTimeInMillis: () => REMAINING_MS,
      } as Context);
      response.writeHead(statusCode ?? 500, headers as Record<string, string>).end(body);
    };
    reply().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endService = async () => {
    server.closeAllConnections();
    server.close();
    await sql.end();
  };
  return (server.address() as AddressInfo).port;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function settle(sql: Sql): Promise<number> {
  isEnding = false;
  let settled = 0;
  for (let batch = 0; ; batch++) {
    const wasEnding = isEnding;
    const [pending] = await sql<{ walletId: bigint }[]>`
      SELECT wallet_id AS "walletId" FROM pending_operations LIMIT 1`;
    if (pending === undefined && wasEnding) break;
    if (pending === undefined) await sleep(PAUSE_MS);
    else settled += await settleBatch(sql, pending.walletId, `bench-${batch}`);
  }
  await sql.end();
  return settled;
}

async function settleBatch(sql: Sql, walletId: bigint, messageId: string): Promise<number> {
  const message = {
    walletId,
    messageId,
    receiptHandle: messageId,
    group: 1,
    receiveCount: 1,
    correlationId: 'bench',
  };
  const { succeeded, declined, failed } = await processBatch(
    { sql, beside: sql, queue: NO_QUEUE, bus: NO_BUS },
    [message],
    () => false,
  );
  if (declined + failed.length > 0) throw new Error('a transfer did not succeed');
  return succeeded;
}

async function call(
  sql: Sql,
  { atOnce, transfers, perCall }: Extract<Task, { kind: 'call' }>,
): Promise<number> {
  const accounts = await sql<{ id: string }[]>`
    SELECT id FROM pgledger_accounts_view WHERE name = 'wallet'`;
  await Promise.all(Array.from({ length: atOnce }, () => callOnce(sql, accounts, perCall)));
  let left = transfers;
  const startedMs = performance.now();
  const loop = async (): Promise<void> => {
    while (left > 0) {
      left -= perCall;
      await callOnce(sql, accounts, perCall);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, loop));
  const timeMs = performance.now() - startedMs;
  await sql.end();
  return timeMs;
}

async function callOnce(sql: Sql, accounts: readonly { id: string }[], perCall: number): Promise<void> {
  const anyAccount = (): number => Math.floor(Math.random() * accounts.length);
  const pairs = Array.from({ length: perCall }, () => {
    const origin = anyAccount();
    const target = (origin + 1 + Math.floor(Math.random() * (accounts.length - 1))) % accounts.length;
    return [accounts[origin]?.id ?? '', accounts[target]?.id ?? ''] as const;
  });
  const [[from, to] = ['', '']] = pairs;
  if (perCall === 1) await sql`SELECT * FROM pgledger_create_transfer(${from}, ${to}, 1)`;
  else {
    const rows = pairs.map(([origin, target]) => `"(${origin},${target},1)"`).join(',');
    await sql`SELECT * FROM pgledger_create_transfers(${`{${rows}}`}::text::transfer_request[])`;
  }
}

await serveTasks(perform);
