import { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { lambdaName, queueUrlAt } from '../addresses.ts';
import { startEventSourceMapping } from '../lambda/event-source-mapping.ts';
import { invokeLambda } from '../lambda/invoke.ts';
import { LOCAL_CLIENT, subscriberQueue } from './resources.ts';
import { SUBSCRIPTIONS } from './subscriptions.ts';

/** As often a subscriber gets an event that it throws at: Lambda's asynchronous invocation tries again twice. */
const TRIES = 3;

/** Batches of events on their way to one subscriber at once. */
const POLLERS = 2;

/**
 * Hands the events that LocalStack's bus put into the subscribers' queues to the subscribers, one an invocation, as
 * EventBridge does. Its own way to a Lambda function leads to functions that run inside LocalStack.
 */
export function startEventDelivery(options: {
  endpoint: string;
  lambda: string;
  log: (line: string) => void;
}): { stop: () => Promise<void> } {
  const client = new SQSClient({ ...LOCAL_CLIENT, endpoint: options.endpoint });
  const mappings = SUBSCRIPTIONS.map(({ functionName }) =>
    startEventSourceMapping({
      client,
      queueUrl: queueUrlAt(options.endpoint, subscriberQueue(functionName)),
      invoke: oneByOne(invokeLambda(options.lambda, lambdaName(functionName)), options.log),
      log: options.log,
      pollers: POLLERS,
    }),
  );
  return {
    stop: async () => {
      await Promise.all(mappings.map((mapping) => mapping.stop()));
      client.destroy();
    },
  };
}

/** Invokes the subscriber for each event of a batch; what it threw at comes back, and is given up in the end. */
function oneByOne(invoke: (event: unknown) => Promise<unknown>, log: (line: string) => void) {
  const isDone = async ({ body, attributes }: SQSRecord): Promise<boolean> => {
    try {
      await invoke(JSON.parse(body));
      return true;
    } catch (error) {
      const last = Number(attributes.ApproximateReceiveCount) >= TRIES;
      log(`An event was not delivered${last ? ` in ${TRIES} tries and is given up` : ''}: ${String(error)}`);
      return last;
    }
  };
  return async (event: unknown) => {
    const batchItemFailures: { itemIdentifier: string }[] = [];
    for (const record of (event as SQSEvent).Records) {
      if (!(await isDone(record))) batchItemFailures.push({ itemIdentifier: record.messageId });
    }
    return { batchItemFailures };
  };
}
