import { existsSync } from 'node:fs';
import { Server } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startFauxqs } from 'fauxqs';
import reports from '../buckets/reports.json' with { type: 'json' };
import { LOOPBACK } from '../ports.ts';
import deadLetters from '../queues/dead-letters.json' with { type: 'json' };
import operations from '../queues/operations.json' with { type: 'json' };
import { handOutWholeGroups } from './fauxqs-groups.ts';

/** The emulators have no accounts; this number stands in their URLs and ARNs. */
export const ACCOUNT = '000000000000';
export const REGION = 'eu-central-1';

/** The queues of serverless.yml once more, as input of CreateQueue; a test holds the two together. */
export const QUEUES = [deadLetters, operations];

/** The bucket of serverless.yml: both emulators have S3 where they have SQS. */
export const REPORTS_BUCKET = reports.Bucket;

export interface LocalQueue {
  readonly endpoint: string;
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  readonly stop: () => Promise<void>;
}

/**
 * Starts fauxqs, an emulator of SQS and S3, in this process, with the service's two queues and its bucket. With a `dataDir`
 * messages outlive it; files don't, nor would their links.
 */
export async function startQueue(options: { port: number; dataDir?: string }): Promise<LocalQueue> {
  if (options.dataDir !== undefined) refreshStored(join(options.dataDir, 'fauxqs.db'));
  await handOutWholeGroups();
  const server = await onLoopback(() =>
    startFauxqs({
      port: options.port,
      logger: false,
      defaultRegion: REGION,
      init: {
        queues: QUEUES.map(({ QueueName, Attributes }) => ({
          name: QueueName,
          attributes: { ...Attributes },
        })),
        buckets: [REPORTS_BUCKET],
      },
      ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
    }),
  );
  const endpoint = `http://${LOOPBACK}:${server.port}`;
  return {
    endpoint,
    queueUrl: queueUrlAt(endpoint, operations.QueueName),
    deadLetterQueueUrl: queueUrlAt(endpoint, deadLetters.QueueName),
    stop: () => server.stop(),
  };
}

/**
 * A queue's URL at an emulator. fauxqs's own answers name the host `sqs.eu-central-1.localhost`, which not every machine
 * resolves, and the SDK sends its requests to wherever the URL points. fauxqs itself looks at the path only.
 */
export function queueUrlAt(endpoint: string, queueName: string): string {
  return `${endpoint}/${ACCOUNT}/${queueName}`;
}

/**
 * Brings stored queues to this version's settings, and makes messages that were being worked on visible again: who
 * worked on them stopped with the queue, and would hold up their groups until the visibility timeout. Files go: nothing
 * else would ever delete them.
 */
function refreshStored(file: string): void {
  if (!existsSync(file)) return;
  const stored = new DatabaseSync(file);
  const refresh = stored.prepare('UPDATE sqs_queues SET attributes = ? WHERE name = ?');
  for (const { QueueName, Attributes } of QUEUES) refresh.run(JSON.stringify(Attributes), QueueName);
  stored.exec('UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL');
  stored.exec('DELETE FROM s3_objects; DELETE FROM s3_multipart_parts; DELETE FROM s3_multipart_uploads');
  stored.close();
}

/** fauxqs listens on all addresses whatever its options say, so the call to listen is changed under it. */
async function onLoopback<T>(start: () => Promise<T>): Promise<T> {
  const listen = Reflect.get(Server.prototype, 'listen') as (...args: unknown[]) => Server;
  Server.prototype.listen = function (this: Server, where: unknown, ...rest: unknown[]): Server {
    const local = typeof where === 'object' && where !== null ? { ...where, host: LOOPBACK } : where;
    return Reflect.apply(listen, this, [local, ...rest]);
  };
  try {
    return await start();
  } finally {
    Server.prototype.listen = listen;
  }
}
