import { known } from '../ledger/known.ts';
import { array, runTx, type Sql } from '../postgres/database.ts';
import { rows } from '../postgres/rows.ts';
import type { Post } from './queues.ts';
import { signedHeaders } from './sign.ts';

/** Posts of one webhook that may be under way at once: a receiver that answers within 100 ms gets a hundred a second. */
export const POSTS_AT_ONCE = 10;

/** The same of a webhook that fails or is slow: so that many such ones leave room for the others. */
export const SLOW_POSTS_AT_ONCE = 2;

/**
 * Seconds after which a post counts as lost, and is due again: longer than it may wait in the queue (FRESH_SECONDS), take
 * (POST_LIMIT_MS), come again if its function died (the queue's visibility timeout of 180), and be told of.
 */
export const LOST_SECONDS = 360;

interface Signer {
  readonly id: string;
  readonly address: string;
  readonly secret: string;
  readonly oldSecret: string | null;
  readonly most: number;
}

interface Due {
  readonly webhookId: string;
  readonly messageId: string;
  readonly post: bigint;
  readonly attempt: bigint;
  readonly body: string;
}

/**
 * Claims what is due, as many posts of each webhook as may be under way, and signs it. What is claimed and not told of for
 * {@link LOST_SECONDS} is due again.
 *
 * @param webhookIds a hundred at most
 * @param now the time that it is signed with
 */
export async function claimDue(
  sql: Sql,
  webhookIds: readonly string[],
  now = (): number => Date.now(),
): Promise<Post[]> {
  if (webhookIds.length === 0) return [];
  return await runTx(sql, async (tx) => {
    const signers = await tx<Signer[]>`
      SELECT id, address, secret, CASE WHEN old_secret_until > now() THEN old_secret END AS "oldSecret",
        CASE WHEN is_slow OR failing_since IS NOT NULL THEN ${SLOW_POSTS_AT_ONCE} ELSE ${POSTS_AT_ONCE} END::float8 AS most
      FROM webhooks WHERE id = ANY (${array(webhookIds)}::uuid[]) AND disabled_at IS NULL
      ORDER BY id FOR NO KEY UPDATE`;
    if (signers.length === 0) return [];
    const given = rows(tx, 'given', signers, {
      id: ['uuid', ({ id }) => id],
      most: ['integer', ({ most }) => most],
    });
    // A statement of its own, after the locks: it sees what the previous holder claimed.
    const due = await tx<Due[]>`
      WITH due AS MATERIALIZED (
        SELECT given.id AS webhook_id, message_id FROM ${given} CROSS JOIN LATERAL (
          SELECT message_id FROM webhook_deliveries
          WHERE webhook_id = given.id AND next_at <= statement_timestamp() ORDER BY next_at
          LIMIT greatest(0, given.most - (
            SELECT count(*) FROM webhook_deliveries
            WHERE webhook_id = given.id AND is_posting AND next_at > statement_timestamp()))
        ) AS first
      )
      UPDATE webhook_deliveries AS delivery SET is_posting = true, attempts = attempts + 1, posts = posts + 1,
        attempted_at = statement_timestamp(), next_at = statement_timestamp() + make_interval(secs => ${LOST_SECONDS})
      FROM due JOIN webhook_messages ON webhook_messages.id = ANY (ARRAY[due.message_id])
      WHERE delivery.message_id = ANY (ARRAY[due.message_id]) AND delivery.webhook_id = ANY (ARRAY[due.webhook_id])
      RETURNING delivery.webhook_id AS "webhookId", delivery.message_id AS "messageId", posts AS post, attempts::bigint AS attempt, body`;
    const byId = new Map(signers.map((signer) => [signer.id, signer]));
    return due.map((each) => signed(each, known(byId.get(each.webhookId), 'webhook'), now()));
  });
}

function signed({ webhookId, messageId, post, attempt, body }: Due, signer: Signer, nowMs: number): Post {
  const signedAt = Math.floor(nowMs / 1_000);
  const { address, secret, oldSecret } = signer;
  const secrets = oldSecret === null ? [secret] : [secret, oldSecret];
  const headers = signedHeaders({ messageId, timestamp: signedAt, body }, secrets);
  return {
    ...{ webhookId, messageId, post: post.toString(), attempt: Number(attempt) },
    ...{ address, headers, body, signedAt },
  };
}
