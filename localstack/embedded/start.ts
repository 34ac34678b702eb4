import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { LOOPBACK, type Ports } from '../addresses.ts';
import { whyPortsUnusable } from '../ports.ts';
import type { Assembly } from '../processes/assembly.ts';
import { startChild } from '../processes/child.ts';
import { endOrphan, startPostgres } from './postgres.ts';

/** fauxqs is there in half a second. */
const QUEUE_READY_LIMIT_MS = 20_000;

const queueReady = z.object({ endpoint: z.string(), queueUrl: z.string(), deadLetterQueueUrl: z.string() });

/** What the functions need around them, and where it is. */
export interface Surroundings {
  readonly databaseUrl: string;
  readonly queueEndpoint: string;
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  readonly eventBusEndpoint: string;
  /** Whether the bus matches rules and keeps events for the subscribers itself. */
  readonly busHasQueues: boolean;
}

export interface SurroundingsOptions {
  readonly ports: Ports;
  readonly dataDir: string;
  /** Whether to delete the data first. */
  readonly reset: boolean;
  readonly settings: Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
  /** Gets a line that replaces the previous one of its kind. */
  readonly progress: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** PostgreSQL and a queue as processes of this machine, with their data in the data folder. No Docker. */
export async function startEmbedded(assembly: Assembly, options: SurroundingsOptions): Promise<Surroundings> {
  const { dataDir, ports, signal } = options;
  const queueDir = join(dataDir, 'queue');
  const databaseUrl = await startEmbeddedPostgres(assembly, options);
  if (options.reset) await rm(queueDir, { recursive: true, force: true });
  const queue = await assembly.start('Queue', () =>
    startChild({
      name: 'The queue',
      entry: join(import.meta.dirname, 'fauxqs-process.ts'),
      options: { port: ports.queue, dataDir: queueDir },
      ready: queueReady,
      readyLimitMs: QUEUE_READY_LIMIT_MS,
      logFile: join(dataDir, 'logs', 'queue.log'),
      signal,
    }),
  );
  return {
    databaseUrl,
    queueEndpoint: queue.ready.endpoint,
    queueUrl: queue.ready.queueUrl,
    deadLetterQueueUrl: queue.ready.deadLetterQueueUrl,
    eventBusEndpoint: `http://${LOOPBACK}:${ports.eventBus}`,
    busHasQueues: false,
  };
}

/** PostgreSQL with its data in the data folder, once it is known that the ports are free; returns its URL. */
export async function startEmbeddedPostgres(
  assembly: Assembly,
  { dataDir, ports, reset, settings, log, signal }: SurroundingsOptions,
): Promise<string> {
  const postgresDir = join(dataDir, 'postgres');
  await endOrphan(postgresDir, log);
  const unusable = await whyPortsUnusable(ports);
  if (unusable !== undefined) throw new Error(unusable);
  if (reset) await rm(postgresDir, { recursive: true, force: true });
  const logFile = join(dataDir, 'logs', 'postgres.log');
  const options = { dataDir: postgresDir, port: ports.postgres, settings, log, logFile, signal };
  const postgres = await assembly.start('PostgreSQL', () => startPostgres(options));
  return postgres.url;
}
