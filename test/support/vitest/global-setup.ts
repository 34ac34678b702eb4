import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { portsFrom } from '../../../localstack/addresses.ts';
import { startLocalStack } from '../../../localstack/localstack/start.ts';
import { freeBasePort } from '../../../localstack/ports.ts';
import { assemble } from '../../../localstack/processes/assembly.ts';
import { startTestServer, VOLATILE } from '../postgres-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL server for the whole run; each test file makes databases of its own on it. */
    postgresUrl: string;
    /** A LocalStack for the whole run; empty if the tests run on fauxqs. */
    localStackEndpoint: string;
  }
}

/** Where a search for five free ports in a row begins: far from those that people and other tests use. */
const FIRST_PORT = 50_000 + (process.pid % 10_000);

/** Starts the run's PostgreSQL, and LocalStack if EMULATOR names it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startTestServer('test');
  project.provide('postgresUrl', server.url);
  const assembly = assemble(() => {});
  project.provide('localStackEndpoint', await localStack());
  return async () => {
    await assembly.stop();
    await server.stop();
  };

  async function localStack(): Promise<string> {
    if (process.env['EMULATOR'] !== 'localstack') return '';
    const around = await startLocalStack(assembly, {
      ports: portsFrom(await freeBasePort(FIRST_PORT)),
      dataDir: join(server.folder, 'localstack'),
      reset: false,
      settings: VOLATILE,
      log: () => {},
      progress: () => {},
    });
    return around.queueEndpoint;
  }
}
