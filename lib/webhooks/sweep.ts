import { runInIndexOrder, type Sql } from '../postgres/database.ts';
import { DISABLED_DAYS } from './webhooks.ts';

/** Days that messages and their deliveries are kept: what may be sent again. */
const KEPT_DAYS = 14;

/** Messages that one statement deletes, with up to a hundred deliveries each: a second of work. */
export const SWEEP_PORTION = 200;

/** Deletes messages older than {@link KEPT_DAYS}, with their deliveries, the oldest first. @returns how many, up to a portion */
export async function sweepMessages(sql: Sql): Promise<number> {
  const { count } = await runInIndexOrder(
    sql,
    (tx) => tx`
      DELETE FROM webhook_messages WHERE id = ANY (ARRAY(
        SELECT id FROM webhook_messages WHERE created_at < now() - make_interval(days => ${KEPT_DAYS})
        ORDER BY created_at LIMIT ${SWEEP_PORTION}))`,
  );
  return count;
}

/** Deletes webhooks that were disabled for long, once their deliveries are gone, and secrets that sign no more. */
export async function sweepWebhooks(sql: Sql): Promise<void> {
  await sql`
    DELETE FROM webhooks WHERE disabled_at < now() - make_interval(days => ${DISABLED_DAYS})
      AND (SELECT number FROM webhook_deliveries WHERE webhook_id = webhooks.id LIMIT 1) IS NULL`;
  await sql`UPDATE webhooks SET old_secret = NULL, old_secret_until = NULL WHERE old_secret_until < now()`;
}

/** What is due at a moment. */
export interface Due {
  /** Webhooks that are not disabled. */
  readonly webhookIds: readonly string[];
  /** For how long the oldest delivery of these is due and not posted, in seconds; 0 if none is. */
  readonly oldestSeconds: number;
}

/** Looks at all webhooks that are not disabled. */
export async function lookForDue(sql: Sql): Promise<Due> {
  const webhooks = await sql<{ id: string; seconds: number }[]>`
    SELECT id, coalesce(extract(epoch FROM now() - (
      SELECT min(next_at) FROM webhook_deliveries WHERE webhook_id = webhooks.id AND next_at <= now()
    )), 0)::float8 AS seconds
    FROM webhooks WHERE disabled_at IS NULL ORDER BY id`;
  return {
    webhookIds: webhooks.map(({ id }) => id),
    oldestSeconds: Math.max(0, ...webhooks.map(({ seconds }) => seconds)),
  };
}
