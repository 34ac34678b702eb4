import { existsSync } from 'node:fs';
import { Server as HttpServer } from 'node:http';
import { Server } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startFauxqs } from 'fauxqs';
import {
  DEAD_LETTER_QUEUE,
  LOOPBACK,
  OPERATIONS_QUEUE,
  QUEUES,
  queueUrlAt,
  REGION,
  REPORTS_BUCKET,
} from '../addresses.ts';
import { guardServer } from '../guard.ts';
import { patchFauxqs } from './fauxqs-patches.ts';

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
  await patchFauxqs();
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
    queueUrl: queueUrlAt(endpoint, OPERATIONS_QUEUE),
    deadLetterQueueUrl: queueUrlAt(endpoint, DEAD_LETTER_QUEUE),
    stop: () => server.stop(),
  };
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

/**
 * fauxqs listens on all addresses whatever its options say, and answers whoever asks, so the call to listen is changed under
 * it.
 */
async function onLoopback<T>(start: () => Promise<T>): Promise<T> {
  const listen = Reflect.get(Server.prototype, 'listen') as (...args: unknown[]) => Server;
  Server.prototype.listen = function (this: Server, where: unknown, ...rest: unknown[]): Server {
    if (this instanceof HttpServer) guardServer(this);
    const local = typeof where === 'object' && where !== null ? { ...where, host: LOOPBACK } : where;
    return Reflect.apply(listen, this, [local, ...rest]);
  };
  try {
    return await start();
  } finally {
    Server.prototype.listen = listen;
  }
}
