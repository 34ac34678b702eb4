import { array, type Statements } from '../postgres/database.ts';
import { shownTimeOrNull } from '../wire/time.ts';
import type { DeliveryView } from './deliveries.ts';
import { messageIdOf } from './stage.ts';

/** A delivery of an event, as a transaction's story tells it: without what the receiver answered. */
export interface EventDelivery
  extends Pick<DeliveryView, 'MessageId' | 'Status' | 'Attempts' | 'AttemptedAt' | 'AnswerStatus'> {
  readonly WebhookId: string;
  readonly Type: string;
}

/**
 * The deliveries of events of the last 14 days. A system without webhooks has none.
 *
 * @param eventIds few: each is looked up by the key of its message
 * @param limit of all together
 */
export async function readEventDeliveries(
  sql: Statements,
  eventIds: readonly string[],
  limit: number,
): Promise<EventDelivery[]> {
  if (eventIds.length === 0) return [];
  const found = await sql<EventDelivery[]>`
    SELECT webhook_id AS "WebhookId", message.id AS "MessageId", message.type AS "Type", status AS "Status",
      attempts AS "Attempts", attempted_at AS "AttemptedAt", answer_status AS "AnswerStatus"
    FROM unnest(${array(eventIds.map(messageIdOf))}::text[]) AS wanted(id)
      CROSS JOIN LATERAL (SELECT id, type FROM webhook_messages WHERE id = wanted.id LIMIT 1) AS message
      CROSS JOIN LATERAL (
        SELECT webhook_id, status, attempts, attempted_at, answer_status FROM webhook_deliveries
        WHERE message_id = message.id ORDER BY message_id, webhook_id LIMIT ${limit}
      ) AS delivery
    LIMIT ${limit}`;
  return found.map((delivery) => ({ ...delivery, AttemptedAt: shownTimeOrNull(delivery.AttemptedAt) }));
}
