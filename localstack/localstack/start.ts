import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DEAD_LETTER_QUEUE, OPERATIONS_QUEUE, queueUrlAt } from '../addresses.ts';
import { type Surroundings, type SurroundingsOptions, startEmbeddedPostgres } from '../embedded/start.ts';
import type { Assembly, Running } from '../processes/assembly.ts';
import { startChild, withTail } from '../processes/child.ts';
import { startContainers, whyNoDocker } from './containers.ts';
import { environmentFolder, findPython, isInstalled, type Python } from './python.ts';
import { createResources, LOCALSTACK_READY_LIMIT_MS, whenLocalStackRuns } from './resources.ts';

/** A slow line takes minutes for some 70 packages of 50 MB together; what takes longer hangs. */
const INSTALL_LIMIT_MS = 900_000;
const PROGRESS_INTERVAL_MS = 5_000;

/** What LocalStack can be run with here. */
export type Engine = { readonly kind: 'docker' } | { readonly kind: 'python'; readonly python: Python };

/** Docker where it answers, otherwise a Python; a string in reply says what is missing of both. */
export function findEngine(): Engine | string {
  const noDocker = whyNoDocker();
  if (noDocker === undefined) return { kind: 'docker' };
  const python = findPython();
  if (python !== undefined) return { kind: 'python', python };
  return (
    `--localstack needs Docker, or Python 3.12 or 3.13 with its modules venv and ensurepip. Here ${noDocker}, ` +
    'and no such Python is found. Or run without LocalStack: npm start.'
  );
}

/** LocalStack for the queues, the event bus and files, and PostgreSQL beside it. */
export async function startLocalStack(
  assembly: Assembly,
  options: SurroundingsOptions,
): Promise<Surroundings> {
  const engine = findEngine();
  if (typeof engine === 'string') throw new Error(engine);
  const { databaseUrl, endpoint } = await (engine.kind === 'docker'
    ? startInDocker(assembly, options)
    : startInPython(assembly, options, engine.python));
  await assembly.step('Queues, bus and buckets', () => createResources(endpoint));
  return {
    databaseUrl,
    queueEndpoint: endpoint,
    queueUrl: queueUrlAt(endpoint, OPERATIONS_QUEUE),
    deadLetterQueueUrl: queueUrlAt(endpoint, DEAD_LETTER_QUEUE),
    eventBusEndpoint: endpoint,
    busHasQueues: true,
  };
}

async function startInDocker(assembly: Assembly, options: SurroundingsOptions) {
  options.log('LocalStack 4.14.0 and PostgreSQL run in containers');
  const containers = await startContainers(assembly, options);
  await whenLocalStackRuns(containers.endpoint);
  return containers;
}

async function startInPython(assembly: Assembly, options: SurroundingsOptions, python: Python) {
  const { dataDir, ports, log, progress, signal } = options;
  log(`LocalStack 4.14.0 runs from its Python package (Python ${python.version}); Docker does not answer`);
  const environment = await installLocalStack({ python, dataDir, log, progress, signal });
  const databaseUrl = await startEmbeddedPostgres(assembly, options);
  const start = () => startLocalStackProcess({ environment, port: ports.queue, dataDir, signal });
  const { endpoint } = await assembly.start('LocalStack', start);
  return { databaseUrl, endpoint };
}

/** LocalStack cannot be had here, and nothing is broken: no package index answers that has it. */
export class LocalStackUnavailable extends Error {
  override readonly name = 'LocalStackUnavailable';
}

/**
 * Installs LocalStack for this user unless it is, and returns the folder of its virtual environment.
 *
 * @throws LocalStackUnavailable where no package index has it; any other Error, with pip's last lines, where one has it
 *   and the installation fails all the same
 */
export async function installLocalStack(options: {
  python: Python;
  dataDir: string;
  log: (line: string) => void;
  /** Gets a line that replaces the previous one of its kind; they go to `log` if it is missing. */
  progress?: (line: string) => void;
  signal?: AbortSignal | undefined;
}): Promise<string> {
  const { python, log, progress: show = log, signal } = options;
  const folder = environmentFolder(python);
  if (isInstalled(folder)) return folder;
  const logFile = join(options.dataDir, 'logs', 'localstack-install.log');
  log(`Installing LocalStack into ${folder}: some 70 packages from PyPI, once, in a minute or more`);
  const begun = Date.now();
  const progress = setInterval(() => void reportProgress(logFile, begun, show), PROGRESS_INTERVAL_MS);
  try {
    const child = await startChild({
      name: 'The installation of LocalStack',
      entry: join(import.meta.dirname, 'install-process.ts'),
      options: { python, folder },
      ready: z.object({ unavailable: z.string().nullable() }),
      readyLimitMs: INSTALL_LIMIT_MS,
      logFile,
      signal,
    });
    await child.stop();
    const { unavailable } = child.ready;
    if (unavailable !== null) throw new LocalStackUnavailable(await withTail(unavailable, logFile));
  } finally {
    clearInterval(progress);
  }
  log(`LocalStack is installed ${((Date.now() - begun) / 1000).toFixed(0)} s`);
  return folder;
}

async function reportProgress(logFile: string, begun: number, show: (line: string) => void): Promise<void> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  const collected = text.split('\n').filter((line) => line.startsWith('Collecting ')).length;
  const what = text.includes('Installing collected packages') ? 'unpacking' : `${collected} packages`;
  show(`Installing LocalStack: ${what} after ${((Date.now() - begun) / 1000).toFixed(0)} s`);
}

/** Runs an installed LocalStack on a port of the loopback address. It keeps nothing over a restart. */
async function startLocalStackProcess(options: {
  environment: string;
  port: number;
  dataDir: string;
  signal?: AbortSignal | undefined;
}): Promise<Running & { readonly endpoint: string }> {
  const dataDir = join(options.dataDir, 'localstack');
  const child = await startChild({
    name: 'LocalStack',
    entry: join(import.meta.dirname, 'process.ts'),
    options: { environment: options.environment, port: options.port, dataDir },
    ready: z.object({ endpoint: z.string() }),
    readyLimitMs: LOCALSTACK_READY_LIMIT_MS,
    logFile: join(options.dataDir, 'logs', 'localstack.log'),
    signal: options.signal,
  });
  const stop = async () => {
    await child.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  return { endpoint: child.ready.endpoint, exited: child.exited, stop };
}
