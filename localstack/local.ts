import { resolve } from 'node:path';
import { SQSClient } from '@aws-sdk/client-sqs';
import {
  DEFAULT_BASE_PORT,
  LOOPBACK,
  lambdaName,
  portsFrom,
  queueUrlAt,
  REGION,
  WEBHOOK_POSTS_QUEUE,
  WEBHOOK_RESULTS_QUEUE,
} from './addresses.ts';
import { whyDataUnusable } from './data-folder.ts';
import { prepareDatabase } from './database.ts';
import { startEventBus } from './embedded/event-bus.ts';
import { type Surroundings, startEmbedded } from './embedded/start.ts';
import { startEventSourceMapping } from './lambda/event-source-mapping.ts';
import { startFunctions } from './lambda/functions.ts';
import { invokeLambda } from './lambda/invoke.ts';
import { SUBSCRIBERS_PATH } from './lambda/subscribers.ts';
import { startEventDelivery } from './localstack/event-delivery.ts';
import { startLocalStack } from './localstack/start.ts';
import { type Assembly, assemble } from './processes/assembly.ts';

export interface LocalOptions {
  /** The HTTP API's port; the other parts take the four ports after it. */
  readonly port?: number;
  /** Where data, logs and bundles are kept. */
  readonly dataDir: string;
  /** Settings of serverless.yml's `params.local`, such as `{ WALLET_GROUPS: '2', BALANCER_RATE: 'rate(1 minute)' }`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Settings of the embedded PostgreSQL, such as `{ fsync: 'off' }`. */
  readonly postgresSettings?: Readonly<Record<string, string>>;
  /** Ask every request for an API key. */
  readonly auth?: boolean;
  /** Run on LocalStack: queues, event bus and files. */
  readonly localstack?: boolean;
  /** Delete the data first. */
  readonly reset?: boolean;
  /** Gets a line for each step and for what goes wrong later. */
  readonly log: (line: string) => void;
  /** Gets a line that replaces the previous one of its kind; they go to `log` if it is missing. */
  readonly progress?: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface Local {
  readonly urls: {
    readonly http: string;
    readonly lambda: string;
    readonly database: string;
    readonly queue: string;
    readonly deadLetterQueue: string;
    /** Endpoint of SQS for an SDK client or the AWS command line. */
    readonly queueEndpoint: string;
    readonly eventBus: string;
  };
  /** What the functions print. */
  readonly logFile: string;
  /** The reason, should a part end without having been asked to. The others run on until `stop`. */
  readonly crashed: Promise<string>;
  readonly stop: () => Promise<void>;
}

/** Starts the whole service on this machine. If a part does not start, stops the others and throws a sentence. */
export async function startLocal(options: LocalOptions): Promise<Local> {
  const assembly = assemble(options.log);
  try {
    return await startParts(assembly, options);
  } catch (error) {
    await assembly.stop();
    throw error;
  }
}

async function startParts(assembly: Assembly, options: LocalOptions): Promise<Local> {
  const { log, signal } = options;
  const ports = portsFrom(options.port ?? DEFAULT_BASE_PORT);
  const dataDir = resolve(options.dataDir);
  const unusable = whyDataUnusable(dataDir);
  if (unusable !== undefined) throw new Error(unusable);
  const surround = options.localstack ? startLocalStack : startEmbedded;
  const around = await surround(assembly, {
    ports,
    dataDir,
    reset: options.reset ?? false,
    settings: options.postgresSettings ?? {},
    log,
    progress: options.progress ?? log,
    signal,
  });
  signal?.throwIfAborted();
  await assembly.step('Migrations', () => prepareDatabase(around.databaseUrl));
  const { logFile } = await assembly.start('Functions', () =>
    startFunctions({
      ...{ ...around, ports, dataDir, log, signal },
      auth: options.auth ?? false,
      env: options.env ?? {},
    }),
  );
  const lambda = `http://${LOOPBACK}:${ports.lambda}`;
  if (around.busHasQueues) {
    const delivery = { endpoint: around.eventBusEndpoint, lambda, log };
    await assembly.start('Event bus to subscribers', async () => startEventDelivery(delivery));
  } else {
    const target = `${lambda}${SUBSCRIBERS_PATH}`;
    await assembly.start('Event bus', () => startEventBus({ port: ports.eventBus, target, log }));
  }
  await assembly.start('Queues to functions', async () => startMappings(around, lambda, log));
  return {
    urls: {
      http: `http://${LOOPBACK}:${ports.http}`,
      lambda,
      database: around.databaseUrl,
      queue: around.queueUrl,
      deadLetterQueue: around.deadLetterQueueUrl,
      queueEndpoint: around.queueEndpoint,
      eventBus: around.eventBusEndpoint,
    },
    logFile,
    crashed: assembly.crashed,
    stop: assembly.stop,
  };
}

/** The triggers of the functions that read a queue. */
function startMappings(around: Surroundings, lambda: string, log: (line: string) => void) {
  const at = (queue: string) => queueUrlAt(around.queueEndpoint, queue);
  const mappings = [
    startMapping(around, around.queueUrl, 'processor', lambda, log),
    startMapping(around, at(WEBHOOK_POSTS_QUEUE), 'webhookPost', lambda, log),
    startMapping(around, at(WEBHOOK_RESULTS_QUEUE), 'webhookResults', lambda, log),
  ];
  return { stop: async () => void (await Promise.all(mappings.map(({ stop }) => stop()))) };
}

function startMapping(
  around: Surroundings,
  queueUrl: string,
  functionName: string,
  lambda: string,
  log: (line: string) => void,
) {
  const client = new SQSClient({
    region: REGION,
    endpoint: around.queueEndpoint,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const mapping = startEventSourceMapping({
    client,
    queueUrl,
    invoke: invokeLambda(lambda, lambdaName(functionName)),
    log,
  });
  return {
    stop: async () => {
      await mapping.stop();
      client.destroy();
    },
  };
}
