import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../../localstack/ports.ts';

const run = promisify(execFile);

/** moto imports hundreds of services, which takes long on two busy cores. */
const START_TRIES = 600;
const START_PAUSE_MS = 200;

/** An AWS account emulated by moto. */
export interface Account {
  readonly url: string;
  /** The resources of the stack whose names start with the prefix. */
  inventory(prefix: string): Promise<Inventory>;
  /** Changes what fails, and what the account allows. */
  decide(decisions: Decisions): Promise<void>;
  /** moto's output, without its access log. */
  log(): string;
  /** CloudFormation's requests to the functions of custom resources. */
  customResources(): { readonly RequestType: string; readonly ResourceProperties: Record<string, unknown> }[];
  stop(): Promise<void>;
}

/** What a test decides about the account (moto_control.py). */
export interface Decisions {
  /** Resources that fail when they are created; for a custom resource, also when it is updated. */
  readonly failing: readonly string[];
  /** Concurrent executions of all functions. */
  readonly quota: number;
}

/** An account as AWS gives it: everything succeeds, and a thousand functions may run at once. */
export const USUAL: Decisions = { failing: [], quota: 1_000 };

export interface Inventory {
  readonly queues: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly roles: Readonly<Record<string, readonly any[]>>;
  readonly [kind: string]: any;
}

/**
 * Starts moto's server on a free port, with the programs of a virtual environment.
 *
 * @param folder of the file with the test's decisions
 */
export async function startAccount(programs: string, folder: string): Promise<Account> {
  const port = await freePort();
  const python = join(programs, 'python');
  const control = join(folder, 'decisions.json');
  const decide = (decisions: Decisions) => writeFile(control, JSON.stringify(decisions));
  await decide(USUAL);
  const server = spawn(python, [join(import.meta.dirname, 'start_moto.py'), String(port), control], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // With Docker, moto would fetch an image and run the functions, which have no database to reach.
    env: { ...process.env, MOTO_IAM_LOAD_MANAGED_POLICIES: 'true', DOCKER_HOST: 'unix:///nowhere' },
  });
  let output = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (data) => (output += String(data)));
  const url = `http://127.0.0.1:${port}`;
  await untilAnswering(url, server, () => output);
  return {
    url,
    decide,
    inventory: async (prefix) => {
      const { stdout } = await run(python, [join(import.meta.dirname, 'inventory.py'), url, prefix], {
        maxBuffer: Number.POSITIVE_INFINITY,
      });
      return JSON.parse(stdout);
    },
    log: () => output.replaceAll(/^.*" HTTP\/1\.1.*\n|^.*HTTP\/1\.1.* \d{3} -\n/gm, ''),
    customResources: () =>
      [...output.matchAll(/^CUSTOM RESOURCE (.*)$/gm)].map((match) => JSON.parse(match[1] ?? '')),
    stop: async () => {
      if (server.exitCode !== null) return;
      server.kill();
      await once(server, 'exit');
    },
  };
}

async function untilAnswering(url: string, server: ChildProcess, output: () => string): Promise<void> {
  for (let tries = 0; tries < START_TRIES && server.exitCode === null; tries += 1) {
    const reply = await fetch(`${url}/moto-api/data.json`).catch(() => undefined);
    if (reply?.ok) return;
    await delay(START_PAUSE_MS);
  }
  server.kill();
  throw new Error(`moto's server did not start:\n${output()}`);
}
