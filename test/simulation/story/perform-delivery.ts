import { must } from '../checks/violation.ts';
import type { Lambda } from '../world/lambda.ts';
import type { Message } from '../world/queue.ts';
import { count, type World } from '../world/world.ts';
import type { Action } from './script.ts';

type Delivery = Extract<Action, { do: 'deliver' }>;

/** Delivers messages to the processor as Lambda does. */
export async function deliver(world: World, lambda: Lambda, delivery: Delivery): Promise<string> {
  const batch = world.queue.take(delivery);
  if (batch.length === 0) return 'there is no message to deliver';
  noteFaults(world, delivery, batch);
  const isWrongGroup = delivery.order === 'wrong group';
  const event = {
    Records: batch.map((message) => toRecord(message, isWrongGroup ? batch[0]?.group : undefined)),
  };
  const summary = `deliver ${batch.map((message) => `${message.number} (group ${message.group}, wallet ${walletIn(message)})`).join(', ')}`;
  const outcome = await settle(world, lambda, delivery, event, batch);
  return `${summary}${delivery.isExpired ? ', though another processor may work on them' : ''} → ${outcome}`;
}

async function settle(
  world: World,
  lambda: Lambda,
  { isKept }: Delivery,
  event: object,
  batch: readonly Message[],
): Promise<string> {
  const reply = await lambda
    .untilDeath(lambda.process(event, { getRemainingTimeInMillis: () => lambda.remaining() }))
    .catch((error: unknown) => error as Error);
  if (reply === 'died' || reply instanceof Error) world.queue.settle(batch, 'all', isKept);
  if (reply === 'died') return 'died';
  if (reply instanceof Error) throw reply;
  const failed = new Set(reply.batchItemFailures.map(({ itemIdentifier }) => Number(itemIdentifier)));
  world.queue.settle(batch, failed, isKept);
  const isStruck = lambda.struck().length > 0 || world.step.struck.has(lambda.slot);
  const unexpected = batch.filter((message) => failed.has(message.number) && walletIn(message) !== 'foreign');
  must(isStruck || unexpected.length === 0, 'a message fails only by a fault', () =>
    unexpected.map(({ body }) => body).join(' '),
  );
  return `done${failed.size > 0 ? `, failed: ${[...failed].join(', ')}` : ''}${isKept ? ', and the messages stay in the queue' : ''}`;
}

function noteFaults(world: World, { order, isExpired, isKept }: Delivery, batch: readonly Message[]): void {
  count(world, 'batches delivered');
  count(world, 'messages delivered', batch.length);
  if (isKept) count(world, 'messages delivered and kept', batch.length);
  if (isExpired)
    count(
      world,
      'messages delivered while being processed',
      batch.filter(({ workers }) => workers > 1).length,
    );
  if (order === 'any') count(world, 'batches out of order');
  if (order === 'wrong group') count(world, 'batches for the wrong group');
}

const walletIn = ({ body }: Message): string => /"walletId":"(\d+)"/.exec(body)?.[1] ?? 'foreign';

function toRecord({ number, group, body, receives }: Message, otherGroup: string | undefined) {
  return {
    messageId: number.toString(),
    receiptHandle: `receipt-${number}-${receives}`,
    body,
    attributes: { MessageGroupId: otherGroup ?? group, ApproximateReceiveCount: receives.toString() },
  };
}
