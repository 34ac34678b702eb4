import { MAX_ATTEMPTS } from '../../../lib/webhooks/backoff.ts';
import { POSTS_AT_ONCE, SLOW_POSTS_AT_ONCE } from '../../../lib/webhooks/claim.ts';
import { count, type World } from '../world/world.ts';
import { checkArrivals } from './check-arrivals.ts';
import { show } from './check-legs.ts';
import { must } from './violation.ts';
import { type DeliveryRow, pairOf, type SeenWebhook } from './webhook-book.ts';

/** Checks all of webhooks after a step. Nobody writes meanwhile. */
export async function checkWebhooks(world: World): Promise<void> {
  const { book, receivers } = world.webhooks;
  const isMade = [...world.step.sent].some(({ prepared }) => prepared.kind === 'webhook');
  if (book.webhooks.size > 0 || isMade) {
    const breach = receivers.takeBreach();
    if (breach !== undefined) throw breach;
    await stopClock(world);
    const now = await readWebhooks(world);
    const deliveries = await readDeliveries(world);
    noteSecrets(world, now);
    checkArrivals(world);
    noteEnabled(world, now);
    book.webhooks = now;
    noteDue(world);
    noteResent(world);
    for (const { id, posting } of now.values())
      must(
        posting <= POSTS_AT_ONCE,
        'a webhook has only so many posts under way',
        () => `${posting} of ${id}`,
      );
    checkDeliveries(world, deliveries);
    book.deliveries = deliveries;
  }
  world.webhooks.arrive();
  book.step += 1;
}

/**
 * Time stands still for webhooks, but where it passes in a story: or a slow machine would have other posts due. What is due
 * stays so.
 */
async function stopClock({ sql, webhooks: { book } }: World): Promise<void> {
  const [clock] = await sql<{ now: string }[]>`SELECT clock_timestamp()::text AS now`;
  const now = clock?.now ?? '';
  if (book.lookedAt !== undefined) {
    const passed = sql`${now}::timestamptz - ${book.lookedAt}::timestamptz`;
    await sql`UPDATE webhook_deliveries SET next_at = next_at + (${passed}) WHERE next_at > ${now}::timestamptz`;
    await sql`
      UPDATE webhooks SET failing_since = failing_since + (${passed}), old_secret_until = old_secret_until + (${passed})
      WHERE failing_since IS NOT NULL OR old_secret_until > ${now}::timestamptz`;
  }
  book.lookedAt = now;
}

async function readWebhooks({ sql }: World): Promise<ReadonlyMap<string, SeenWebhook>> {
  const rows = await sql<SeenWebhook[]>`
    SELECT id, to_json(event_types) AS "eventTypes", secret, disabled_at IS NULL AS "isEnabled",
      CASE WHEN old_secret_until > now() THEN old_secret END AS "oldSecret",
      is_slow OR failing_since IS NOT NULL AS "isPoor",
      (SELECT count(*) FROM webhook_deliveries
        WHERE webhook_id = webhooks.id AND is_posting AND next_at > now())::float8 AS posting
    FROM webhooks ORDER BY id`;
  return new Map(rows.map((row) => [row.id, row]));
}

const readDeliveries = async ({ sql }: World): Promise<readonly DeliveryRow[]> =>
  await sql<DeliveryRow[]>`
    SELECT message_id AS "messageId", webhook_id AS "webhookId", type, status, attempts::float8 AS attempts
    FROM webhook_deliveries JOIN webhook_messages ON id = message_id ORDER BY webhook_deliveries.number`;

/** Notes with which secrets posts of this step were signed; what of several actors came first, nobody knows. */
function noteSecrets(world: World, now: ReadonlyMap<string, SeenWebhook>): void {
  const { book } = world.webhooks;
  const rotated = requestsOf(world, ['rotate']);
  for (const { id, secret, oldSecret } of now.values()) {
    const valid = [secret, ...(oldSecret === null ? [] : [oldSecret])];
    const history = book.secrets.get(id) ?? [];
    book.secrets.set(id, history);
    const isSure = world.isAlone || !rotated.has(id);
    const last = history.at(-1);
    if (last === undefined || !isSure || !last.isSure || show(last.valid) !== show(valid))
      history.push({ step: book.step, valid, isSure });
  }
  for (const { webhookId, secret } of book.told.splice(0))
    must(
      !world.isAlone || now.get(webhookId)?.secret === secret,
      'a secret that was told is the one that signs',
      () => webhookId,
    );
}

/** The webhooks that requests of this step were to change. */
function requestsOf({ step }: World, what: readonly string[]): ReadonlySet<string> {
  const sent = [...step.sent].filter(
    ({ prepared: { kind, route } }) =>
      kind === 'webhook change' && what.some((end) => route.endsWith(`/${end}`)),
  );
  return new Set(sent.map(({ prepared }) => prepared.path['webhookId'] ?? ''));
}

function noteEnabled(world: World, now: ReadonlyMap<string, SeenWebhook>): void {
  const { enabledSince, step } = world.webhooks.book;
  const changed = requestsOf(world, ['enable', 'disable']);
  for (const { id, isEnabled } of now.values()) {
    if (!isEnabled) enabledSince.delete(id);
    else if (changed.has(id) || !enabledSince.has(id)) enabledSince.set(id, step);
  }
}

/** Notes to whom the events of this step must go: to each webhook that wanted them from before the bus took them until now. */
function noteDue({ webhooks: { book } }: World): void {
  for (const { messageId, type } of book.staged.splice(0)) {
    const takenAt = book.taken.get(messageId) ?? 0;
    for (const { id, eventTypes } of book.webhooks.values()) {
      const isWanted = eventTypes.length === 0 || eventTypes.includes(type);
      const since = book.enabledSince.get(id) ?? Number.POSITIVE_INFINITY;
      if (isWanted && since < takenAt) book.due.add(pairOf({ messageId, webhookId: id }));
    }
  }
}

/** Notes what callers had sent again: it has to arrive once more. */
function noteResent({ step, webhooks: { book } }: World): void {
  for (const { prepared, sendings } of step.sent) {
    const reply = sendings.at(-1)?.reply;
    const isResend = prepared.kind === 'webhook change' && prepared.route.endsWith('/resend');
    if (!isResend || reply?.outcome !== 'accepted' || reply.isReplay) continue;
    const { MessageId } = JSON.parse(prepared.body) as { MessageId?: string };
    for (const row of book.deliveries)
      if (row.webhookId === prepared.path['webhookId'] && [row.messageId, undefined].includes(MessageId))
        book.resent.set(pairOf(row), book.step);
  }
}

function checkDeliveries(world: World, deliveries: readonly DeliveryRow[]): void {
  const { book } = world.webhooks;
  const there = new Set(deliveries.map(pairOf));
  for (const pair of book.due)
    must(there.has(pair), 'an event is kept for each webhook that wants it', () => pair);
  for (const { id, isPoor, posting } of book.webhooks.values()) {
    const before = book.poor.get(id);
    must(
      !world.isAlone || !isPoor || before === undefined || posting <= Math.max(before, SLOW_POSTS_AT_ONCE),
      'a webhook that fails or is slow has fewer posts under way',
      () => `${posting} of ${id}, ${before} before`,
    );
    if (isPoor) book.poor.set(id, posting);
    else book.poor.delete(id);
  }
  for (const row of deliveries) {
    const eventTypes = book.webhooks.get(row.webhookId)?.eventTypes ?? [];
    must(
      eventTypes.length === 0 || row.type === 'WebhookTest' || eventTypes.includes(row.type),
      'a webhook gets no event that it does not want',
      () => show(row),
    );
    must(
      row.status !== 'delivered' || book.answered.has(pairOf(row)),
      'nothing counts as delivered before its receiver answered',
      () => show(row),
    );
    must(
      row.status !== 'failed' || row.attempts >= MAX_ATTEMPTS,
      'nothing is given up before its last attempt',
      () => show(row),
    );
  }
}

/** Counts for the tally what became of webhooks. */
export function tallyWebhooks(world: World): void {
  const { book } = world.webhooks;
  if (book.webhooks.size === 0) return;
  count(world, 'webhooks', book.webhooks.size);
  count(world, 'webhooks: messages at receivers', book.bodies.size);
  count(world, 'webhooks: deliveries', book.deliveries.length);
}
