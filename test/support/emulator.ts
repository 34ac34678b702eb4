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
