import { array, type Statements, type Tx } from '../postgres/database.ts';
import { ok, type Result, refused } from '../wire/refusal.ts';
import { shownTime, shownTimeOrNull } from '../wire/time.ts';
import { findWebhook, lockEnabled } from './webhooks.ts';

/** Deliveries that one request has sent again at most: what one statement changes within a request's time. */
export const MAX_RESENT = 5_000;

/** What became of a delivery: it waits for its next attempt, was answered with 2xx, or failed for the last time. */
export const DELIVERY_STATUSES = ['waiting', 'delivered', 'failed'] as const;
type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** A delivery as callers see it. */
export interface DeliveryView {
  readonly MessageId: string;
  readonly EventType: string;
  readonly Status: DeliveryStatus;
  /** Since it was sent, or sent again. */
  readonly Attempts: number;
  readonly CreatedAt: string;
  readonly AttemptedAt: string | null;
  /** When the next attempt is due; null once there is none. */
  readonly NextAt: string | null;
  /** The HTTP status of the last answer; null if there was none. */
  readonly AnswerStatus: number | null;
  /** The first kilobyte of its body. */
  readonly Answer: string | null;
  /** Why there was no answer. */
  readonly Problem: string | null;
}

interface DeliveryPage {
  readonly Deliveries: readonly DeliveryView[];
  readonly Next: string | null;
}

/**
 * A webhook's deliveries of the last 14 days, the newest first.
 *
 * @param page.before the Next of the previous page, or the largest id
 * @returns a refusal if the webhook is unknown
 */
export async function listDeliveries(
  sql: Statements,
  webhookId: string,
  page: { readonly limit: number; readonly before: bigint },
): Promise<Result<DeliveryPage>> {
  const found = await sql<(DeliveryView & { number: bigint })[]>`
    SELECT number, message_id AS "MessageId", type AS "EventType", status AS "Status", attempts AS "Attempts",
      delivery.created_at AS "CreatedAt", attempted_at AS "AttemptedAt",
      CASE WHEN NOT is_posting THEN next_at END AS "NextAt",
      answer_status AS "AnswerStatus", answer AS "Answer", problem AS "Problem"
    FROM webhook_deliveries AS delivery JOIN webhook_messages ON id = message_id
    WHERE webhook_id = ${webhookId} AND number < ${page.before}
    ORDER BY number DESC LIMIT ${page.limit + 1}`;
  if (found.length === 0) {
    const webhook = await findWebhook(sql, webhookId);
    return webhook.ok ? ok({ Deliveries: [], Next: null }) : webhook;
  }
  const shown = found.slice(0, page.limit);
  return ok({
    Deliveries: shown.map(({ number: _number, ...delivery }) => ({
      ...delivery,
      CreatedAt: shownTime(delivery.CreatedAt),
      AttemptedAt: shownTimeOrNull(delivery.AttemptedAt),
      NextAt: shownTimeOrNull(delivery.NextAt),
    })),
    Next: found.length > page.limit ? (shown.at(-1)?.number.toString() ?? null) : null,
  });
}

/** What a caller gets for having messages sent again. */
interface ResentView {
  readonly WebhookId: string;
  readonly Resent: number;
  /** The Since of the request for the rest; null if there is none. */
  readonly Next: string | null;
}

/** Has one message sent again, whatever became of it. @returns a refusal if the webhook or its delivery is unknown */
export async function resendOne(tx: Tx, webhookId: string, messageId: string): Promise<Result<ResentView>> {
  const webhook = await lockEnabled(tx, webhookId);
  if (!webhook.ok) return webhook;
  const count = await resend(tx, webhookId, [messageId]);
  if (count === 0)
    return refused(
      'message_not_found',
      `webhook ${webhookId} has no message ${messageId} of the last 14 days`,
    );
  return ok({ WebhookId: webhookId, Resent: count, Next: null });
}

/**
 * Has all messages since a time sent again, whatever became of them, the oldest first: up to {@link MAX_RESENT}.
 *
 * @param since RFC 3339: when the message was first to be sent
 */
export async function resendSince(tx: Tx, webhookId: string, since: string): Promise<Result<ResentView>> {
  const webhook = await lockEnabled(tx, webhookId);
  if (!webhook.ok) return webhook;
  const found = await tx<{ messageId: string; createdAt: string }[]>`
    SELECT message_id AS "messageId", created_at AS "createdAt" FROM webhook_deliveries
    WHERE webhook_id = ${webhookId} AND created_at >= ${since}::timestamptz
    ORDER BY created_at LIMIT ${MAX_RESENT + 1}`;
  const next = found[MAX_RESENT]?.createdAt;
  const portion = found.slice(0, MAX_RESENT).map(({ messageId }) => messageId);
  const count = await resend(tx, webhookId, portion);
  return ok({ WebhookId: webhookId, Resent: count, Next: next === undefined ? null : shownTime(next) });
}

/** A new row of attempts. What comes of a post that is under way changes nothing then. */
async function resend(tx: Tx, webhookId: string, messageIds: readonly string[]): Promise<number> {
  const { count } = await tx`
    UPDATE webhook_deliveries SET status = 'waiting', attempts = 0, posts = posts + 1, is_posting = false, next_at = now()
    WHERE webhook_id = ${webhookId} AND message_id = ANY (${array(messageIds)}::text[])`;
  return count;
}
