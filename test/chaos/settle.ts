import { setTimeout as sleep } from 'node:timers/promises';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { eventBridge } from '../../lib/messaging/event-bus.ts';
import { sqs } from '../../lib/messaging/wake-ups.ts';
import type { Sql } from '../../lib/postgres/database.ts';
import { relayOnce } from '../../lib/settle/relay.ts';
import { EVENT_BUS } from '../../localstack/addresses.ts';
import { TEST_CLIENT, TEST_CLIENT_VARIABLES } from '../support/aws.ts';

/** Time limit for settling everything, and the pause between two looks. */
const SETTLE_LIMIT_MS = 300_000;
const POLL_MS = 500;

/** How long an operation is pending before the relay wakes its wallet, here instead of a minute. */
const IDLE_SECONDS = 2;

/** Time limit for events to get from the bus to a subscriber. */
const EVENTS_LIMIT_MS = 60_000;

export interface Addresses {
  readonly queueUrl: string;
  readonly queueEndpoint: string;
  readonly eventBusEndpoint: string;
}

/**
 * Runs the relay until no operation is pending and every event is published.
 *
 * @returns the number of wallets that the relay had to wake
 * @throws Error if an operation is pending for too long
 */
export async function settleAll(sql: Sql, addresses: Addresses): Promise<number> {
  const deps = { sql, ...clients(addresses) };
  let woken = 0;
  for (let waited = 0; waited < SETTLE_LIMIT_MS; waited += POLL_MS) {
    if (await isSettled(sql)) return woken;
    const report = await relayOnce(deps, IDLE_SECONDS);
    for (const { error } of report.failed) throw error;
    woken += report.woken;
    await sleep(POLL_MS);
  }
  throw new Error(`operations are still pending after ${SETTLE_LIMIT_MS / 1000} s without a fault`);
}

/** Waits until no operation is pending and every event is published, without running the relay. */
export async function untilSettled(sql: Sql): Promise<void> {
  for (let waited = 0; waited < SETTLE_LIMIT_MS; waited += POLL_MS) {
    if (await isSettled(sql)) return;
    await sleep(POLL_MS);
  }
  throw new Error(`operations are still pending after ${SETTLE_LIMIT_MS / 1000} s`);
}

async function isSettled(sql: Sql): Promise<boolean> {
  const [left] = await sql<{ isSettled: boolean }[]>`
    SELECT NOT EXISTS (SELECT FROM pending_operations) AND NOT EXISTS (SELECT FROM outbox) AS "isSettled"`;
  return left?.isSettled ?? false;
}

/** Waits, within bounds, until each transaction's event has arrived: the bus delivers a few at a time. */
export async function untilEventsArrive(
  ids: readonly string[],
  endings: ReadonlyMap<string, string>,
): Promise<void> {
  for (let waited = 0; waited < EVENTS_LIMIT_MS; waited += POLL_MS) {
    if (ids.every((id) => endings.has(id))) return;
    await sleep(POLL_MS);
  }
}

export async function countMessages(queueUrl: string, endpoint: string): Promise<number> {
  const client = new SQSClient({ ...TEST_CLIENT, endpoint });
  const AttributeNames = ['ApproximateNumberOfMessages' as const];
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames }),
  );
  client.destroy();
  return Number(Attributes?.['ApproximateNumberOfMessages']);
}

/** The service's own clients, which find queue and bus through the SDK's environment variables. */
function clients({ queueUrl, queueEndpoint, eventBusEndpoint }: Addresses) {
  Object.assign(process.env, {
    ...TEST_CLIENT_VARIABLES,
    AWS_ENDPOINT_URL_SQS: queueEndpoint,
    AWS_ENDPOINT_URL_EVENTBRIDGE: eventBusEndpoint,
  });
  return { queue: sqs(queueUrl), bus: eventBridge(EVENT_BUS) };
}
