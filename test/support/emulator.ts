import { randomUUID } from 'node:crypto';
import { CreateQueueCommand, DeleteQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { inject } from 'vitest';
import { QUEUES, queueUrlAt } from '../../localstack/addresses.ts';
import { type LocalQueue, startQueue } from '../../localstack/embedded/fauxqs.ts';
import { LOCAL_CLIENT } from '../../localstack/localstack/resources.ts';

/** Whether this run's queues are LocalStack's: `npm run test:localstack`. Otherwise they are those of fauxqs. */
export const ON_LOCALSTACK = process.env['EMULATOR'] === 'localstack';

/**
 * The service's two queues, empty. With fauxqs each file has a server of its own, whose messages outlive it in `dataDir`;
 * on LocalStack the files share one, one after another, so the queues are made anew.
 */
export async function startEmulator(options: { port?: number; dataDir?: string } = {}): Promise<LocalQueue> {
  const endpoint = inject('localStackEndpoint');
  if (endpoint === '') return await startQueue({ port: 0, ...options });
  const client = new SQSClient({ ...LOCAL_CLIENT, endpoint });
  for (const { QueueName } of QUEUES)
    await client.send(new DeleteQueueCommand({ QueueUrl: queueUrlAt(endpoint, QueueName) }));
  for (const queue of QUEUES) await client.send(new CreateQueueCommand(queue));
  client.destroy();
  const [deadLetterQueueUrl = '', queueUrl = ''] = QUEUES.map(({ QueueName }) =>
    queueUrlAt(endpoint, QueueName),
  );
  return { endpoint, queueUrl, deadLetterQueueUrl, stop: () => Promise.resolve() };
}

/**
 * Makes an empty FIFO queue for one test, with a dead-letter queue.
 *
 * @param maxReceives after so many receives a message goes there
 * @param attributes of both, besides those of every FIFO queue
 * @returns the addresses of both
 */
export async function makeFifoQueue(
  client: SQSClient,
  endpoint: string,
  maxReceives: number,
  attributes: Readonly<Record<string, string>>,
): Promise<Pick<LocalQueue, 'queueUrl' | 'deadLetterQueueUrl'>> {
  const id = randomUUID();
  const [name, dead] = [`test-${id}.fifo`, `test-${id}-dead.fifo`];
  const fifo = { FifoQueue: 'true', ...attributes };
  const deadLetterTargetArn = `arn:aws:sqs:${LOCAL_CLIENT.region}:000000000000:${dead}`;
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: maxReceives });
  await client.send(new CreateQueueCommand({ QueueName: dead, Attributes: fifo }));
  await client.send(new CreateQueueCommand({ QueueName: name, Attributes: { ...fifo, RedrivePolicy } }));
  return { queueUrl: queueUrlAt(endpoint, name), deadLetterQueueUrl: queueUrlAt(endpoint, dead) };
}
