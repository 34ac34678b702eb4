import type { BusEvent } from '../messaging/event-bus.ts';
import { runStatement, type Sql, type Tx } from '../postgres/database.ts';
import { ok, type Result } from '../wire/refusal.ts';
import { lockEnabled } from './webhooks.ts';

/** What is posted to try a webhook out. No event of the system has this type. */
const TEST_TYPE = 'WebhookTest';

/** The body of a post by the specification, as it is signed: the same at each attempt. */
const bodyOf = (type: string, timestamp: unknown, data: object): string =>
  JSON.stringify({ type, timestamp, data });

/** The id of an event's message, by which receivers know it again: the event's own id makes it. */
export const messageIdOf = (eventId: unknown): string => `event-${String(eventId)}`;

/**
 * Stages an event for all webhooks that want it. It may come more than once: nothing is staged twice.
 *
 * @returns the webhooks that it was staged for, now or before
 */
export async function stageEvent(sql: Sql, { type, detail }: BusEvent): Promise<string[]> {
  const id = messageIdOf(detail['EventId']);
  const body = bodyOf(type, detail['OccurredAt'], detail);
  // One statement: a message without deliveries would never be posted.
  const staged = await runStatement(
    () => sql<{ webhookId: string }[]>`
    WITH wanting AS MATERIALIZED (
      SELECT id FROM webhooks WHERE disabled_at IS NULL AND (event_types = '{}' OR ${type} = ANY (event_types))
    ), message AS (
      INSERT INTO webhook_messages (id, type, body)
      SELECT ${id}, ${type}, ${body} WHERE EXISTS (SELECT FROM wanting)
      ON CONFLICT (id) DO NOTHING RETURNING id
    ), delivery AS (
      INSERT INTO webhook_deliveries (message_id, webhook_id) SELECT message.id, wanting.id FROM message, wanting
    )
    SELECT id AS "webhookId" FROM wanting ORDER BY id`,
  );
  return staged.map(({ webhookId }) => webhookId);
}

/** What a caller gets for a test. */
interface TestView {
  readonly WebhookId: string;
  readonly MessageId: string;
}

/** Stages a test for one webhook. @returns a refusal if it is unknown or disabled */
export async function stageTest(
  tx: Tx,
  webhookId: string,
  testId: string,
  now: Date,
): Promise<Result<TestView>> {
  const webhook = await lockEnabled(tx, webhookId);
  if (!webhook.ok) return webhook;
  const MessageId = `test-${testId}`;
  const body = bodyOf(TEST_TYPE, now.toISOString(), { WebhookId: webhookId });
  await tx`INSERT INTO webhook_messages (id, type, body) VALUES (${MessageId}, ${TEST_TYPE}, ${body})`;
  await tx`INSERT INTO webhook_deliveries (message_id, webhook_id) VALUES (${MessageId}, ${webhookId})`;
  return ok({ WebhookId: webhookId, MessageId });
}
