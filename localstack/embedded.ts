import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Assembly } from './assembly.ts';
import { startChild } from './child.ts';
import { LOOPBACK, type Ports, whyPortsUnusable } from './ports.ts';
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
}

export interface SurroundingsOptions {
  readonly ports: Ports;
  readonly dataDir: string;
  /** Whether to delete the data first. */
  readonly reset: boolean;
  readonly settings: Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** PostgreSQL and a queue as processes of this machine, with their data in the data folder. No Docker. */
export async function startEmbedded(assembly: Assembly, options: SurroundingsOptions): Promise<Surroundings> {
  const { dataDir, ports, signal } = options;
  const postgresDir = join(dataDir, 'postgres');
  const queueDir = join(dataDir, 'queue');
  await endOrphan(postgresDir, options.log);
  const unusable = await whyPortsUnusable(ports);
  if (unusable !== undefined) throw new Error(unusable);
  if (options.reset) {
    for (const dir of [postgresDir, queueDir]) await rm(dir, { recursive: true, force: true });
  }
  const postgres = await assembly.start('PostgreSQL', () =>
    startPostgres({
      dataDir: postgresDir,
      port: ports.postgres,
      settings: options.settings,
      log: options.log,
      logFile: join(dataDir, 'logs', 'postgres.log'),
      signal,
    }),
  );
  const queue = await assembly.start('Queue', () =>
    startChild({
      name: 'The queue',
      entry: 'queue-process.ts',
      options: { port: ports.queue, dataDir: queueDir },
      ready: queueReady,
      readyLimitMs: QUEUE_READY_LIMIT_MS,
      logFile: join(dataDir, 'logs', 'queue.log'),
      signal,
    }),
  );
  return {
    databaseUrl: postgres.url,
    queueEndpoint: queue.ready.endpoint,
    queueUrl: queue.ready.queueUrl,
    deadLetterQueueUrl: queue.ready.deadLetterQueueUrl,
    eventBusEndpoint: `http://${LOOPBACK}:${ports.eventBus}`,
  };
}
