import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateBucketCommand, type CreateBucketCommandInput, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { ACCOUNT, EVENT_BUS, QUEUES, REGION } from '../addresses.ts';
import { PROJECT } from '../processes/child.ts';
import { SUBSCRIPTIONS } from './subscriptions.ts';

/** What is started of LocalStack. */
export const LOCALSTACK_SERVICES = ['sqs', 'events', 's3'];

/** A start takes some seconds, but a machine that is busy, or one that unpacks the image first, takes its time. */
export const LOCALSTACK_READY_LIMIT_MS = 180_000;
const READY_POLL_MS = 200;
const ANSWER_LIMIT_MS = 5_000;

/** A subscriber that does not answer within it gets the event again. */
const DELIVERY_VISIBILITY_SECONDS = 60;

/** What an SDK client needs to talk to an emulator. */
export const LOCAL_CLIENT = {
  region: REGION,
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
};

/** The queue that holds the events for a subscriber. */
export function subscriberQueue(functionName: string): string {
  return `my-little-ps-local-events-${functionName}`;
}

/**
 * Resolves once LocalStack says that all its services run. Its port answers before that.
 *
 * @throws a sentence with its last answer where that takes too long
 */
export async function whenLocalStackRuns(endpoint: string): Promise<void> {
  const limit = Date.now() + LOCALSTACK_READY_LIMIT_MS;
  let last = 'no answer';
  while (Date.now() < limit) {
    const reply = await fetch(`${endpoint}/_localstack/health`, {
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    })
      .then(async (response) => (await response.json()) as { services: Record<string, string> })
      .catch(() => undefined);
    if (reply !== undefined) {
      const states = LOCALSTACK_SERVICES.map((service) => reply.services[service] ?? 'missing');
      if (states.every((state) => state === 'running' || state === 'available')) return;
      last = LOCALSTACK_SERVICES.map((service, index) => `${service}: ${states[index]}`).join(', ');
      if (states.includes('error')) break;
    }
    await sleep(READY_POLL_MS);
  }
  throw new Error(`LocalStack's services do not run (${last}).`);
}

/** Makes in LocalStack what serverless.yml makes on AWS: queues, bus, rules and buckets. */
export async function createResources(endpoint: string): Promise<void> {
  const sqs = new SQSClient({ ...LOCAL_CLIENT, endpoint });
  const bus = new EventBridgeClient({ ...LOCAL_CLIENT, endpoint });
  const s3 = new S3Client({ ...LOCAL_CLIENT, endpoint, forcePathStyle: true });
  try {
    for (const queue of QUEUES) await sqs.send(new CreateQueueCommand(queue));
    await bus.send(new CreateEventBusCommand({ Name: EVENT_BUS }));
    for (const subscription of SUBSCRIPTIONS) await subscribe(sqs, bus, subscription);
    for (const bucket of buckets()) await s3.send(new CreateBucketCommand(bucket));
  } finally {
    for (const client of [sqs, bus, s3]) client.destroy();
  }
}

/** The way from the bus to a subscriber: a rule and a queue, which event-delivery.ts empties. */
async function subscribe(
  sqs: SQSClient,
  bus: EventBridgeClient,
  { functionName, pattern }: (typeof SUBSCRIPTIONS)[number],
): Promise<void> {
  const QueueName = subscriberQueue(functionName);
  const Attributes = { VisibilityTimeout: String(DELIVERY_VISIBILITY_SECONDS) };
  await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  const rule = { EventBusName: EVENT_BUS, Name: functionName, EventPattern: JSON.stringify(pattern) };
  await bus.send(new PutRuleCommand(rule));
  const target = { Id: functionName, Arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:${QueueName}` };
  const { FailedEntries = [] } = await bus.send(
    new PutTargetsCommand({ EventBusName: EVENT_BUS, Rule: functionName, Targets: [target] }),
  );
  if (FailedEntries.length > 0)
    throw new Error(`LocalStack's bus refused a target: ${FailedEntries[0]?.ErrorMessage}`);
}

/** Each file of localstack/buckets/ is the input of one CreateBucket. */
function buckets(): CreateBucketCommandInput[] {
  const folder = join(PROJECT, 'localstack', 'buckets');
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return files.map(
    (name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as CreateBucketCommandInput,
  );
}
