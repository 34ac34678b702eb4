import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { startRecorder } from './aws-recorder.ts';
import { drive, packageService } from './bundles.ts';
import { emptyDatabase } from './database.ts';
import { startEmulator } from './emulator.ts';

/** Settings of a function; undefined takes one of the template's away. */
type Settings = Readonly<Record<string, string | undefined>>;

/** The packaged service on an empty database, a queue, and a recorder in place of the rest of AWS. */
export async function startBundledService() {
  const recorder = await startRecorder();
  const queue = await startEmulator();
  const folder = await mkdtemp(join(tmpdir(), 'my-little-ps-bundles-'));
  const stop = async () => {
    await queue.stop();
    await recorder.stop();
    await rm(folder, { recursive: true, force: true });
  };
  const packaged = await packageService(folder).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const driven = new Set<string>();
  const settings: Settings = {
    DATABASE_URL: await emptyDatabase(),
    ...{ DATABASE_HOST: undefined, DATABASE_NAME: undefined, DATABASE_USER: undefined },
    DATABASE_MASTER_SECRET: undefined,
    QUEUE_URL: queue.queueUrl,
    EVENT_BUS_NAME: 'my-little-ps-dev',
    REPORTS_BUCKET: 'my-little-ps-dev-reports',
    AWS_ENDPOINT_URL_SQS: queue.endpoint,
    AWS_ENDPOINT_URL: recorder.url,
    // The SDK takes no endpoint of one's own together with it.
    AWS_USE_DUALSTACK_ENDPOINT: undefined,
  };

  /** @throws Error where there is no such function */
  const functionOf = (name: string) => {
    const found = packaged.functions.get(name);
    if (found === undefined) throw new Error(`there is no function ${name}`);
    return found;
  };
  /** Calls a function with one event after another; `instead` replaces settings. */
  const run = async (name: string, events: readonly unknown[], instead: Settings = {}) => {
    driven.add(name);
    return await drive(functionOf(name), events, { ...settings, ...instead });
  };
  return {
    ...packaged,
    ...{ recorder, queue, settings, driven, functionOf, run, stop },
    /** What a function replies to one event, which it must not fail at. */
    replyTo: async (name: string, event: unknown) => {
      const { outcomes, log } = await run(name, [event]);
      expect(outcomes[0]?.error, log).toBeUndefined();
      return outcomes[0]?.reply;
    },
    /** The version that the template wants the database to have. */
    version: packaged.template.Resources.DatabaseMigration.Properties.Version as string,
  };
}

/** The first line of a function's log with that message. */
export function logged(log: string, message: string): any {
  const lines = log.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line)).find((line) => line.message === message);
}
