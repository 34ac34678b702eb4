import { expect } from 'vitest';
import {
  queueUrlAt,
  REPORTS_BUCKET,
  WEBHOOK_POSTS_QUEUE,
  WEBHOOK_RESULTS_QUEUE,
} from '../../../localstack/addresses.ts';
import { startQueue } from '../../../localstack/embedded/fauxqs.ts';
import { emptyDatabase } from '../system/database.ts';
import { makeFolder, removeFolder } from '../temp.ts';
import { startRecorder } from './aws-recorder.ts';
import { drive, packageService } from './bundles.ts';

/** Settings of a function; undefined takes one of the template's away. */
type Settings = Readonly<Record<string, string | undefined>>;

/** Must get nowhere. */
export const PASSWORD = 'hunter2';

/** Settings of a function whose database is down. */
export const NO_DATABASE: Settings = { DATABASE_URL: `postgres://me:${PASSWORD}@127.0.0.1:1/nothing` };

/** Its name means this machine (see bundles.ts). */
const AURORA_HOST = 'my-little-ps.cluster-abc.eu-central-1.rds.amazonaws.com';

export type BundledService = Awaited<ReturnType<typeof startBundledService>>;

/** The packaged service on an empty database, a queue, and a recorder in place of the rest of AWS. */
export async function startBundledService() {
  const recorder = await startRecorder(PASSWORD);
  const queue = await startQueue({ port: 0 });
  const folder = await makeFolder('bundles');
  const stop = async () => {
    await queue.stop();
    await recorder.stop();
    await removeFolder(folder);
  };
  const packaged = await packageService(folder).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const driven = new Set<string>();
  const databaseUrl = await emptyDatabase();
  const settings: Settings = {
    DATABASE_URL: databaseUrl,
    ...{ DATABASE_HOST: undefined, DATABASE_NAME: undefined, DATABASE_USER: undefined },
    DATABASE_MASTER_SECRET: undefined,
    QUEUE_URL: queue.queueUrl,
    DEAD_LETTER_QUEUE_URL: queue.deadLetterQueueUrl,
    EVENT_BUS_NAME: 'my-little-ps-dev',
    REPORTS_BUCKET,
    WEBHOOK_POSTS_QUEUE_URL: queueUrlAt(queue.endpoint, WEBHOOK_POSTS_QUEUE),
    WEBHOOK_RESULTS_QUEUE_URL: queueUrlAt(queue.endpoint, WEBHOOK_RESULTS_QUEUE),
    AWS_ENDPOINT_URL_SQS: queue.endpoint,
    AWS_ENDPOINT_URL_S3: queue.endpoint,
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
  /** Calls a function with one event after another; `instead` replaces settings, `timeoutMs` the function's time. */
  const run = async (
    name: string,
    events: readonly unknown[],
    instead: Settings = {},
    timeoutMs = functionOf(name).timeoutMs,
  ) => {
    driven.add(name);
    return await drive({ ...functionOf(name), timeoutMs }, events, { ...settings, ...instead });
  };
  return {
    ...packaged,
    ...{ recorder, queue, driven, functionOf, run, stop },
    databaseUrl,
    /** Settings of a function with Aurora, where a PostgreSQL answers that offers no TLS. */
    aurora: {
      ...{ DATABASE_URL: undefined, DATABASE_HOST: AURORA_HOST, DATABASE_PORT: new URL(databaseUrl).port },
      ...{ DATABASE_NAME: 'my_little_ps', DATABASE_USER: 'my_little_ps_read' },
    } satisfies Settings,
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
