import { type NewEvent, type OutboxEvent, stageEvents } from '../messaging/outbox.ts';
import { array, runTx, type Sql, type Tx } from '../postgres/database.ts';
import { rows } from '../postgres/rows.ts';
import { delayAfter } from './backoff.ts';
import type { PostResult } from './queues.ts';

/** Days of failures, without one success, after which a webhook is disabled. */
const FAILING_DAYS = 3;

/** The status by which a receiver says that it wants no more. */
const GONE = 410;

/** Milliseconds after which an answer is slow: such a webhook gets fewer posts at once. */
const SLOW_MS = 2_000;

/** What came of the results. */
export interface Recorded {
  /** Events to publish: of webhooks that were disabled. */
  readonly events: readonly OutboxEvent[];
  /** When the next attempt of a webhook is due, in seconds. */
  readonly delays: readonly { readonly webhookId: string; readonly seconds: number }[];
  readonly delivered: number;
  /** Posts that failed. */
  readonly failed: number;
  /** Messages that failed for the last time. */
  readonly givenUp: number;
  readonly disabled: number;
}

type Read = PostResult & { readonly delay: number | undefined };

/**
 * Notes what came of posts. A result that came before, or of a post that counted as lost, changes nothing.
 *
 * @param chance from 0 to 1, for the delay of the next attempt
 */
export async function recordResults(
  sql: Sql,
  results: readonly PostResult[],
  chance: () => number = Math.random,
): Promise<Recorded> {
  const read = results.map((result) => ({ ...result, delay: delayAfter(result.attempt, chance()) }));
  return await runTx(sql, async (tx) => {
    const ids = [...new Set(results.map(({ webhookId }) => webhookId))];
    await tx`SELECT FROM webhooks WHERE id = ANY (${array(ids)}::uuid[]) ORDER BY id FOR NO KEY UPDATE`;
    const counted = await recordDeliveries(tx, read);
    const disabled = await recordHealth(tx, counted);
    const events = await stageEvents(tx, disabled.map(toEvent));
    const failed = counted.filter(({ outcome }) => outcome === 'failed');
    return {
      events,
      delays: failed.flatMap(({ webhookId, delay }) =>
        delay === undefined ? [] : [{ webhookId, seconds: delay }],
      ),
      delivered: counted.filter(({ outcome }) => outcome === 'delivered').length,
      failed: failed.length,
      givenUp: failed.filter(({ delay }) => delay === undefined).length,
      disabled: disabled.length,
    };
  });
}

const keyOf = ({ messageId, webhookId }: Pick<PostResult, 'messageId' | 'webhookId'>): string =>
  `${messageId} ${webhookId}`;

/** @returns the results that changed something */
async function recordDeliveries(tx: Tx, results: readonly Read[]): Promise<Read[]> {
  const unique = [...new Map(results.map((result) => [keyOf(result), result])).values()];
  const given = rows(tx, 'given', unique, {
    message_id: ['text', ({ messageId }) => messageId],
    webhook_id: ['uuid', ({ webhookId }) => webhookId],
    posts: ['bigint', ({ post }) => BigInt(post)],
    outcome: ['text', ({ outcome }) => outcome],
    delay: ['integer', ({ delay }) => delay ?? null],
    status: ['integer', ({ status }) => status],
    answer: ['text', ({ answer }) => answer],
    problem: ['text', ({ problem }) => problem],
  });
  const changed = await tx<{ messageId: string; webhookId: string }[]>`
    UPDATE webhook_deliveries AS delivery SET
      is_posting = false,
      attempts = attempts - CASE WHEN outcome = 'late' THEN 1 ELSE 0 END,
      status = CASE WHEN outcome = 'delivered' THEN 'delivered' WHEN outcome = 'failed' AND delay IS NULL THEN 'failed' ELSE 'waiting' END,
      next_at = CASE outcome WHEN 'late' THEN statement_timestamp()
        WHEN 'failed' THEN statement_timestamp() + make_interval(secs => delay) END,
      answer_status = CASE WHEN outcome = 'late' THEN answer_status ELSE given.status END,
      answer = CASE WHEN outcome = 'late' THEN delivery.answer ELSE given.answer END,
      problem = CASE WHEN outcome = 'late' THEN delivery.problem ELSE given.problem END
    FROM ${given}
    WHERE delivery.message_id = ANY (ARRAY[given.message_id]) AND delivery.webhook_id = ANY (ARRAY[given.webhook_id])
      AND delivery.posts = given.posts AND is_posting
    RETURNING delivery.message_id AS "messageId", delivery.webhook_id AS "webhookId"`;
  const keys = new Set(changed.map(keyOf));
  return unique.filter((result) => keys.has(keyOf(result)));
}

interface Disabled {
  readonly id: string;
  readonly reason: 'gone' | 'failing';
}

/** Notes which webhooks fail or are slow, and disables those that are gone or failed for too long. @returns the latter */
async function recordHealth(tx: Tx, results: readonly Read[]): Promise<Disabled[]> {
  const posted = results.filter(({ outcome }) => outcome !== 'late');
  const health = [...Map.groupBy(posted, ({ webhookId }) => webhookId)].map(([id, own]) => ({
    id,
    isWell: own.some(({ outcome }) => outcome === 'delivered'),
    isGone: own.some(({ status }) => status === GONE),
    isSlow: own.some(({ durationMs }) => durationMs > SLOW_MS),
  }));
  if (health.length === 0) return [];
  const given = rows(tx, 'given', health, {
    id: ['uuid', ({ id }) => id],
    is_well: ['boolean', ({ isWell }) => String(isWell)],
    is_gone: ['boolean', ({ isGone }) => String(isGone)],
    is_slow: ['boolean', ({ isSlow }) => String(isSlow)],
  });
  // Nothing is written of a webhook that is as well as before: it would be a row version for each post.
  return await tx<Disabled[]>`
    WITH reason AS MATERIALIZED (
      SELECT given.*, CASE WHEN disabled_at IS NOT NULL THEN NULL WHEN is_gone THEN 'gone'
        WHEN NOT is_well AND failing_since < now() - make_interval(days => ${FAILING_DAYS}) THEN 'failing' END AS because
      FROM ${given} JOIN webhooks ON webhooks.id = ANY (ARRAY[given.id])
    ), changed AS (
      UPDATE webhooks SET is_slow = reason.is_slow,
        failing_since = CASE WHEN NOT is_well THEN coalesce(failing_since, now()) END,
        disabled_at = CASE WHEN because IS NULL THEN disabled_at ELSE now() END,
        disabled_because = coalesce(because, disabled_because)
      FROM reason WHERE webhooks.id = ANY (ARRAY[reason.id]) AND (
        because IS NOT NULL OR webhooks.is_slow <> reason.is_slow OR is_well <> (failing_since IS NULL))
    )
    SELECT id, because AS reason FROM reason WHERE because IS NOT NULL ORDER BY id`;
}

const toEvent = ({ id, reason }: Disabled): NewEvent => ({
  type: 'WebhookDisabled',
  detail: { Version: 1, CorrelationId: `webhook-${id}`, WebhookId: id, Reason: reason },
});
