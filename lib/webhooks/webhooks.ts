import type { Fragment } from 'postgres';
import { known } from '../ledger/known.ts';
import { array, type Statements, type Tx } from '../postgres/database.ts';
import { ok, type Result, refused } from '../wire/refusal.ts';
import { shownTime, shownTimeOrNull } from '../wire/time.ts';
import { newSecret } from './sign.ts';

/** The most webhooks that are not disabled: each event is stored once for each of them. */
export const MAX_WEBHOOKS = 100;

/** The most with those that are disabled, which are deleted {@link DISABLED_DAYS} later: what one list shows. */
const MAX_WITH_DISABLED = 500;

/** Days until a disabled webhook is deleted with its deliveries: as long as these are kept. */
export const DISABLED_DAYS = 14;

/** A webhook as callers see it: without its secrets. */
export interface WebhookView {
  readonly WebhookId: string;
  readonly Address: string;
  /** Empty for all. */
  readonly EventTypes: readonly string[];
  readonly Description: string | null;
  readonly Status: 'enabled' | 'disabled';
  readonly CreatedAt: string;
  /** When the first post failed after the last that succeeded. */
  readonly FailingSince: string | null;
  readonly DisabledAt: string | null;
  /** Somebody requested it, the receiver answered 410, or it failed for three days. */
  readonly DisabledBecause: 'requested' | 'gone' | 'failing' | null;
  /** Until when the previous secret signs, too. */
  readonly OldSecretUntil: string | null;
}

/** A webhook with its secret, which is told once. */
export type WebhookWithSecret = WebhookView & { readonly Secret: string };

const columns = (sql: Statements): Fragment => sql`
  id AS "WebhookId", address AS "Address", to_json(event_types) AS "EventTypes", description AS "Description",
  CASE WHEN disabled_at IS NULL THEN 'enabled' ELSE 'disabled' END AS "Status", created_at AS "CreatedAt",
  failing_since AS "FailingSince", disabled_at AS "DisabledAt", disabled_because AS "DisabledBecause",
  CASE WHEN old_secret_until > now() THEN old_secret_until END AS "OldSecretUntil"`;

const toView = (webhook: WebhookView): WebhookView => ({
  ...webhook,
  CreatedAt: shownTime(webhook.CreatedAt),
  FailingSince: shownTimeOrNull(webhook.FailingSince),
  DisabledAt: shownTimeOrNull(webhook.DisabledAt),
  OldSecretUntil: shownTimeOrNull(webhook.OldSecretUntil),
});

const noWebhook = (id: string): Result<never> => refused('webhook_not_found', `no webhook with id: ${id}`);

const isDisabled = (id: string): Result<never> =>
  refused('webhook_disabled', `webhook ${id} is disabled: enable it first, with POST /webhook/${id}/enable`);

/** What callers give a webhook. */
interface GivenWebhook {
  readonly address: string;
  /** None for all. */
  readonly eventTypes: readonly string[];
  readonly description: string | null;
}

/**
 * Makes a webhook. Its secret is told this once.
 *
 * @returns a refusal if there are {@link MAX_WEBHOOKS}
 */
export async function createWebhook(
  tx: Tx,
  id: string,
  { address, eventTypes, description }: GivenWebhook,
): Promise<Result<WebhookWithSecret>> {
  const full = await whyFull(tx, 'more');
  if (full !== undefined) return full;
  const secret = newSecret();
  const [webhook] = await tx<WebhookView[]>`
    INSERT INTO webhooks (id, address, event_types, description, secret)
    VALUES (${id}, ${address}, ${array(eventTypes)}::text[], ${description}, ${secret})
    RETURNING ${columns(tx)}`;
  return ok({ ...toView(known(webhook, `webhook ${id}`)), Secret: secret });
}

/** Only one at a time counts, so that two together don't go over the bound. */
const COUNTING_LOCK = 7_305_001n;

async function whyFull(tx: Tx, what: 'more' | 'enabled'): Promise<Result<never> | undefined> {
  await tx`SELECT pg_advisory_xact_lock(${COUNTING_LOCK})`;
  const [counted] = await tx<{ all: bigint; enabled: bigint }[]>`
    SELECT count(*) AS all, count(*) FILTER (WHERE disabled_at IS NULL) AS enabled FROM webhooks`;
  const { all, enabled } = known(counted, 'count of webhooks');
  if (enabled >= MAX_WEBHOOKS)
    return refused('too_many_webhooks', `there are ${MAX_WEBHOOKS} webhooks: disable one first`);
  if (what === 'more' && all >= MAX_WITH_DISABLED)
    return refused(
      'too_many_webhooks',
      `there are ${MAX_WITH_DISABLED} webhooks with those that are disabled, which go ${DISABLED_DAYS} days later: enable one of them instead`,
    );
  return undefined;
}

/** All webhooks, the oldest first: no more than {@link MAX_WITH_DISABLED}. */
export async function listWebhooks(
  sql: Statements,
): Promise<Result<{ readonly Webhooks: readonly WebhookView[] }>> {
  const webhooks = await sql<WebhookView[]>`SELECT ${columns(sql)} FROM webhooks ORDER BY created_at, id`;
  return ok({ Webhooks: webhooks.map(toView) });
}

/** Stops posting to a webhook. What waits for it goes on once it is enabled again. */
export async function disableWebhook(tx: Tx, id: string): Promise<Result<WebhookView>> {
  const [webhook] = await tx<WebhookView[]>`
    UPDATE webhooks SET disabled_at = coalesce(disabled_at, now()),
      disabled_because = coalesce(disabled_because, 'requested')
    WHERE id = ${id} RETURNING ${columns(tx)}`;
  return webhook === undefined ? noWebhook(id) : ok(toView(webhook));
}

/** Posts to a webhook again, first what waits. @returns a refusal if there are {@link MAX_WEBHOOKS} others */
export async function enableWebhook(tx: Tx, id: string): Promise<Result<WebhookView>> {
  const found = await lockWebhook(tx, id);
  if (!found.ok) return found;
  const full = found.value.Status === 'disabled' ? await whyFull(tx, 'enabled') : undefined;
  if (full !== undefined) return full;
  const [webhook] = await tx<WebhookView[]>`
    UPDATE webhooks SET disabled_at = NULL, disabled_because = NULL,
      failing_since = CASE WHEN disabled_at IS NULL THEN failing_since END
    WHERE id = ${id} RETURNING ${columns(tx)}`;
  return ok(toView(known(webhook, `webhook ${id}`)));
}

/**
 * Gives a webhook a new secret, which is told this once. The previous one signs beside it for a while; one before that no more.
 *
 * @param overlapSeconds how long; 0 if it got out
 */
export async function rotateSecret(
  tx: Tx,
  id: string,
  overlapSeconds: number,
): Promise<Result<WebhookWithSecret>> {
  const secret = newSecret();
  const [webhook] = await tx<WebhookView[]>`
    UPDATE webhooks SET secret = ${secret}, old_secret = CASE WHEN ${overlapSeconds}::int > 0 THEN secret END,
      old_secret_until = CASE WHEN ${overlapSeconds}::int > 0 THEN now() + make_interval(secs => ${overlapSeconds}) END
    WHERE id = ${id} RETURNING ${columns(tx)}`;
  return webhook === undefined ? noWebhook(id) : ok({ ...toView(webhook), Secret: secret });
}

/** A webhook under its row lock. @returns a refusal if it is unknown */
async function lockWebhook(tx: Tx, id: string): Promise<Result<WebhookView>> {
  const [webhook] = await tx<WebhookView[]>`
    SELECT ${columns(tx)} FROM webhooks WHERE id = ${id} FOR NO KEY UPDATE`;
  return webhook === undefined ? noWebhook(id) : ok(webhook);
}

/** The same of one that is posted to. @returns a refusal if it is unknown or disabled */
export async function lockEnabled(tx: Tx, id: string): Promise<Result<WebhookView>> {
  const found = await lockWebhook(tx, id);
  return found.ok && found.value.Status === 'disabled' ? isDisabled(id) : found;
}

/** Whether there is a webhook. @returns a refusal if not */
export async function findWebhook(sql: Statements, id: string): Promise<Result<object>> {
  const [webhook] = await sql`SELECT FROM webhooks WHERE id = ${id}`;
  return webhook === undefined ? noWebhook(id) : ok({});
}
