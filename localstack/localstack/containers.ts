import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LOOPBACK, type Ports, postgresUrl } from '../addresses.ts';
import type { SurroundingsOptions } from '../embedded/start.ts';
import { whyPortsUnusable } from '../ports.ts';
import type { Assembly } from '../processes/assembly.ts';
import { PROJECT, withTail } from '../processes/child.ts';

/** The services of compose.yml. */
const SERVICES = ['postgres', 'localstack'];

/** What a container that ended wrote last: as much as the screen takes. */
const LOG_LINES = '15';

/** Time for a Docker that is there to say so. */
const DOCKER_ANSWER_LIMIT_MS = 15_000;

/** What runs in containers, and where it is. */
export interface Containers {
  readonly databaseUrl: string;
  readonly endpoint: string;
}

/** PostgreSQL and LocalStack in the containers of compose.yml. Whether Docker is there is for the caller to ask. */
export async function startContainers(assembly: Assembly, options: SurroundingsOptions): Promise<Containers> {
  const { ports, signal } = options;
  const unusable = await whyPortsUnusable(ports);
  if (unusable !== undefined) throw new Error(unusable);
  const logFile = join(options.dataDir, 'logs', 'containers.log');
  await rm(logFile, { force: true });
  const compose = composeFor(ports, logFile, signal);
  if (options.reset) await compose('down', '--volumes');
  options.log('Starting containers. The first time this downloads their images, which takes minutes');
  await assembly.start('PostgreSQL and LocalStack', async () => {
    const down = () => composeFor(ports, logFile)('down');
    try {
      await compose('up', '--wait');
    } catch (error) {
      await down();
      throw error;
    }
    return watched(ports, logFile, down);
  });
  return { databaseUrl: postgresUrl(ports.postgres), endpoint: `http://${LOOPBACK}:${ports.queue}` };
}

/** Nothing when Docker works; otherwise what is missing, as a part of a sentence. */
export function whyNoDocker(): string | undefined {
  const ask = (...args: string[]) => spawnSync('docker', args, { timeout: DOCKER_ANSWER_LIMIT_MS });
  if (ask('--version').error !== undefined) return 'there is no command "docker"';
  if (ask('compose', 'version').status !== 0) return '"docker compose" does not work';
  if (ask('info').status !== 0) return "Docker's engine does not answer";
  return undefined;
}

/** A runner of `docker compose` for the containers of these ports, whose output goes to the log file. */
function composeFor(ports: Ports, logFile: string, signal?: AbortSignal) {
  return async (...args: string[]): Promise<void> => {
    mkdirSync(dirname(logFile), { recursive: true });
    const log = openSync(logFile, 'a');
    const child = compose(ports, args, ['ignore', log, log], signal);
    closeSync(log);
    const failed = await ended(child);
    if (failed !== undefined)
      throw new Error(await withTail(`docker compose ${args[0]}: ${failed}`, logFile));
  };
}

/** `docker compose wait` ends when a service does; one for each tells of the first. */
function watched(ports: Ports, logFile: string, down: () => Promise<void>) {
  const watchers = SERVICES.map((service) => ({
    service,
    child: compose(ports, ['wait', service], 'ignore'),
  }));
  let stopping = false;
  const lastWords = async (service: string) => {
    await composeFor(ports, logFile)('logs', '--no-color', '--tail', LOG_LINES, service).catch(() => {});
    return withTail(`The container of ${service} ended.`, logFile);
  };
  const exited = new Promise<string>((resolve) => {
    for (const { service, child } of watchers) {
      void ended(child).then(() => {
        if (!stopping) resolve(lastWords(service));
      });
    }
  });
  const stop = async () => {
    stopping = true;
    for (const { child } of watchers) child.kill();
    await down();
  };
  return { exited, stop };
}

/** In a process group of its own, so that Ctrl-C does not take it down before those who use it. */
function compose(
  ports: Ports,
  args: readonly string[],
  stdio: 'ignore' | ['ignore', number, number],
  signal?: AbortSignal,
): ChildProcess {
  const file = join(PROJECT, 'localstack', 'compose.yml');
  return spawn('docker', ['compose', '--file', file, '--project-name', projectName(ports), ...args], {
    detached: true,
    stdio,
    env: { ...process.env, QUEUE_PORT: String(ports.queue), POSTGRES_PORT: String(ports.postgres) },
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Containers and data of their own for each base port. */
function projectName(ports: Ports): string {
  return `my-little-ps-${ports.http}`;
}

/** Nothing when the command ended well; otherwise how it ended. */
function ended(child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, killed) =>
      resolve(code === 0 ? undefined : `ended with ${killed ?? `exit code ${code}`}`),
    );
  });
}
