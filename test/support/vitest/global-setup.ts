import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { portsFrom } from '../../../localstack/addresses.ts';
import { startPostgres } from '../../../localstack/embedded/postgres.ts';
import { startLocalStack } from '../../../localstack/localstack/start.ts';
import { freeBasePort, freePort } from '../../../localstack/ports.ts';
import { assemble } from '../../../localstack/processes/assembly.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL server for the whole run; each test file makes databases of its own on it. */
    postgresUrl: string;
    /** A LocalStack for the whole run; empty where the tests run on fauxqs. */
    localStackEndpoint: string;
  }
}

/** Nothing in a test's database needs to survive a power cut. */
const SETTINGS = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' };

/** Where a search for five free ports in a row begins: far from those that people and other tests use. */
const FIRST_PORT = 50_000 + (process.pid % 10_000);

/** Starts the run's PostgreSQL in a folder of its own, and LocalStack where EMULATOR asks for it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'my-little-ps-test-'));
  // Run as root, PostgreSQL is another user, who has to get in.
  await chmod(folder, 0o755);
  const postgres = await startPostgres({
    dataDir: join(folder, 'postgres'),
    port: await freePort(),
    settings: SETTINGS,
    log: () => {},
  });
  project.provide('postgresUrl', postgres.url);
  const assembly = assemble(() => {});
  project.provide('localStackEndpoint', await localStack());
  return async () => {
    await assembly.stop();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };

  async function localStack(): Promise<string> {
    if (process.env['EMULATOR'] !== 'localstack') return '';
    const around = await startLocalStack(assembly, {
      ports: portsFrom(await freeBasePort(FIRST_PORT)),
      dataDir: join(folder, 'localstack'),
      reset: false,
      settings: SETTINGS,
      log: () => {},
    });
    return around.queueEndpoint;
  }
}
