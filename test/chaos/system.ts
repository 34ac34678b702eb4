import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { SQSClient } from '@aws-sdk/client-sqs';
import { z } from 'zod';
import {
  DEAD_LETTER_QUEUE,
  LOOPBACK,
  lambdaName,
  OPERATIONS_QUEUE,
  portsFrom,
  postgresUrl,
  queueUrlAt,
} from '../../localstack/addresses.ts';
import { prepareDatabase } from '../../localstack/database.ts';
import { startEventBus } from '../../localstack/embedded/event-bus.ts';
import { startPostgres } from '../../localstack/embedded/postgres.ts';
import { startEventSourceMapping } from '../../localstack/lambda/event-source-mapping.ts';
import { startFunctions } from '../../localstack/lambda/functions.ts';
import { invokeLambda } from '../../localstack/lambda/invoke.ts';
import { freeBasePort } from '../../localstack/ports.ts';
import { type Assembly, assemble } from '../../localstack/processes/assembly.ts';
import { pidOf, startChild } from '../../localstack/processes/child.ts';
import { TEST_CLIENT } from '../support/aws.ts';
import { type Part, type Running, startPart } from './part.ts';

/** First port to try: below those that the system gives to outgoing connections. */
const FIRST_PORT = 20_000 + (process.pid % 1_000) * 10;

const QUEUE_READY_LIMIT_MS = 120_000;

/**
 * The visibility timeout, after which the batch of a killed processor comes back: the queue's 180 s would be most of a
 * run. A batch that takes longer than this is processed twice at once, which must do no harm either.
 */
const VISIBILITY_SECONDS = 10;

const GROUPS = 4;

/** The local system as parts that can be killed one by one. */
export interface ChaosSystem {
  readonly parts: { readonly postgres: Part; readonly queue: Part; readonly host: Part };
  readonly http: string;
  readonly databaseUrl: string;
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  readonly queueEndpoint: string;
  readonly eventBusEndpoint: string;
  /** Runs a function of serverless.yml through Lambda's Invoke API. */
  readonly invoke: (name: string) => Promise<unknown>;
  /** The event type that reached a subscriber, for each transaction. */
  readonly endings: ReadonlyMap<string, string>;
  readonly stop: () => Promise<void>;
}

/**
 * Starts the parts of `npm start`, each in its own process. The event source mapping and the event bus, which AWS runs
 * outside of the functions, run in this process and are not killed.
 *
 * @param folder for data and logs; each start of a part has its own logs in it
 * @param report called with each problem that no kill explains
 */
export async function startSystem(folder: string, report: (problem: string) => void): Promise<ChaosSystem> {
  const assembly = assemble(() => {});
  try {
    return await startParts(assembly, folder, report);
  } catch (error) {
    await assembly.stop();
    throw error;
  }
}

async function startParts(
  assembly: Assembly,
  folder: string,
  report: (problem: string) => void,
): Promise<ChaosSystem> {
  const base = await freeBasePort(FIRST_PORT);
  const ports = portsFrom(base);
  const sinkPort = base + 5;
  const lambda = `http://${LOOPBACK}:${ports.lambda}`;
  const queueEndpoint = `http://${LOOPBACK}:${ports.queue}`;
  const addresses = {
    databaseUrl: postgresUrl(ports.postgres),
    queueEndpoint,
    queueUrl: queueUrlAt(queueEndpoint, OPERATIONS_QUEUE),
    deadLetterQueueUrl: queueUrlAt(queueEndpoint, DEAD_LETTER_QUEUE),
    eventBusEndpoint: `http://${LOOPBACK}:${ports.eventBus}`,
  };
  const killable = (name: string, start: (life: number) => Promise<Running>): Promise<Part> =>
    assembly.start(name, () => startPart(name, start, report));

  const postgres = await killable('PostgreSQL', (life) => startServer(folder, ports.postgres, life));
  await prepareDatabase(addresses.databaseUrl);
  const queue = await killable('queue', (life) => startQueueProcess(folder, ports.queue, life));
  const host = await killable('functions', async (life) => {
    // Each start has its own folder for bundles and the log, so a half-done start does no harm to the next.
    const dataDir = join(folder, `host-${life}`);
    const env = { WALLET_GROUPS: String(GROUPS), LOG_LEVEL: 'WARN' };
    const offline = await startFunctions({ ...addresses, ports, dataDir, auth: false, env });
    return { ...offline, pid: pidOf('functions-process.ts') };
  });
  const sink = await assembly.start('sink', () => startSink(sinkPort, report));
  const bus = { port: ports.eventBus, target: sink.url, log: report };
  await assembly.start('event bus', () => startEventBus(bus));
  await assembly.start('mapping', async () => startMapping(queueEndpoint, addresses.queueUrl, lambda));
  return {
    parts: { postgres, queue, host },
    http: `http://${LOOPBACK}:${ports.http}`,
    ...addresses,
    invoke: (name) => invokeLambda(lambda, lambdaName(name))({}),
    endings: sink.endings,
    stop: assembly.stop,
  };
}

/** Starts PostgreSQL with fsync, its default: committed rows must survive a kill. */
async function startServer(folder: string, port: number, life: number): Promise<Running> {
  const logFile = join(folder, `postgres-${life}.log`);
  return await startPostgres({ dataDir: join(folder, 'postgres'), port, logFile, log: () => {} });
}

async function startQueueProcess(folder: string, port: number, life: number): Promise<Running> {
  return await startChild({
    name: 'The queue',
    entry: join(import.meta.dirname, '../../localstack/embedded/fauxqs-process.ts'),
    options: { port, dataDir: join(folder, 'queue') },
    ready: z.unknown(),
    readyLimitMs: QUEUE_READY_LIMIT_MS,
    logFile: join(folder, `queue-${life}.log`),
  });
}

/** The event source mapping of the processor. It reports nothing, because failed invocations are expected here. */
function startMapping(endpoint: string, queueUrl: string, lambda: string) {
  const client = new SQSClient({ ...TEST_CLIENT, endpoint });
  const mapping = startEventSourceMapping({
    client,
    queueUrl,
    invoke: invokeLambda(lambda, lambdaName('processor')),
    visibilitySeconds: VISIBILITY_SECONDS,
    log: () => {},
  });
  return {
    stop: async () => {
      await mapping.stop();
      client.destroy();
    },
  };
}

const deliverySchema = z.object({
  Entries: z.array(z.object({ DetailType: z.string(), Detail: z.string() })),
});
const detailSchema = z.object({ TransactionId: z.string().optional() });

/** Subscribes to all events: keeps each transaction's event type, and reports a second, different type. */
async function startSink(port: number, report: (problem: string) => void) {
  const endings = new Map<string, string>();
  const note = (body: string): void => {
    for (const { DetailType, Detail } of deliverySchema.parse(JSON.parse(body)).Entries) {
      const { TransactionId: id } = detailSchema.parse(JSON.parse(Detail));
      if (id === undefined) continue;
      const before = endings.get(id);
      if (before !== undefined && before !== DetailType)
        report(`the transaction ${id} has the events ${before} and ${DetailType}`);
      endings.set(id, DetailType);
    }
  };
  const server = createServer((request, response) => {
    void text(request)
      .then(note)
      .catch((error: unknown) => report(`an event is not readable: ${String(error)}`))
      .finally(() => response.end('{}'));
  });
  server.listen({ port, host: LOOPBACK });
  await once(server, 'listening');
  return {
    url: `http://${LOOPBACK}:${port}`,
    endings,
    stop: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
