import { LOST_SECONDS } from '../../../lib/webhooks/claim.ts';
import { passTime, performOfWebhooks } from '../story/perform-webhooks.ts';
import { invoke, type Lambda } from '../world/lambda.ts';
import { addressOf, RECEIVERS } from '../world/receivers.ts';
import { count, emptyStep, type World } from '../world/world.ts';
import { checkCrossings } from './check-arrivals.ts';
import { checkStep } from './check-step.ts';
import { tallyWebhooks } from './check-webhooks.ts';
import { must } from './violation.ts';
import { pairOf } from './webhook-book.ts';

/** Rounds of handing over, posting and noting: far more than a run leaves. */
const MAX_ROUNDS = 5_000;

/** More than the longest delay of a retry. */
const RETRY_SECONDS = 100_000;

/** Retries after which nothing waits any more: one, as all receivers are well then, and another to be sure. */
const RETRIES = 2;

/** The first of everything that waits, several times: there is no other choice to make. */
const FIRST = Array.from({ length: 10 }, (_, index) => index);

/** Lets all that waits for webhooks come through, first with the receivers as they are, then with well ones. */
export async function drainWebhooks(world: World, lambda: Lambda): Promise<void> {
  const { book, receivers } = world.webhooks;
  if (book.webhooks.size === 0) return;
  const isWell = (address: string) => receivers.moodOf(address) === 'keeps' && receivers.isReached(address);
  const unwell = await world.sql<{ id: string; address: string }[]>`SELECT id, address FROM webhooks`;
  const well = new Set(unwell.filter(({ address }) => isWell(address)).map(({ id }) => id));
  // What hangs takes its time, and is not done with sooner than what refuses.
  for (let receiver = 0; receiver < RECEIVERS; receiver++)
    if (receivers.moodOf(addressOf(receiver)) === 'hangs') receivers.setMood(receiver, 'refuses');
  // What was handed over to nobody counts as lost by then.
  await passTime(world, LOST_SECONDS + 60);
  await workAll(world, lambda);
  await mustHaveNothing(world, [...well], 'others that fail keep no event back from a webhook');

  for (let receiver = 0; receiver < RECEIVERS; receiver++) {
    receivers.setMood(receiver, 'keeps');
    receivers.setLeads(receiver, 'a public address');
  }
  for (const id of book.webhooks.keys()) await ask(world, lambda, id, 'enable', {});
  for (let retry = 0; retry < RETRIES; retry++) {
    await passTime(world, RETRY_SECONDS);
    await workAll(world, lambda);
  }
  const all = [...book.webhooks.keys()];
  await mustHaveNothing(world, all, 'every message is posted once its receiver is well');
  await resendLost(world, lambda);
  for (const pair of book.due)
    must(book.kept.has(pair), 'every event reaches each webhook that wants it', () => pair);
  const givenUp = new Set(book.deliveries.filter(({ status }) => status === 'failed').map(pairOf));
  for (const pair of book.resent.keys())
    must(givenUp.has(pair), 'what is sent again arrives again', () => pair);
  checkCrossings(world);
  tallyWebhooks(world);
}

/** What receivers lost, or what was given up, is there when it is sent again. */
async function resendLost(world: World, lambda: Lambda): Promise<void> {
  const { book } = world.webhooks;
  const lost = book.deliveries.filter((row) => !book.kept.has(pairOf(row)));
  for (const { messageId, webhookId, status } of lost) {
    must(
      status === 'failed' || book.answered.has(pairOf({ messageId, webhookId })),
      'no message is lost that its receiver did not answer',
      () => `${messageId} to ${webhookId}`,
    );
    count(world, 'webhooks: messages sent again at the end');
  }
  for (const id of new Set(lost.map(({ webhookId }) => webhookId)))
    await ask(world, lambda, id, 'resend', { Since: '2000-01-01T00:00:00Z' });
  await workAll(world, lambda);
  const left = book.deliveries.filter((row) => !book.kept.has(pairOf(row)));
  must(left.length === 0, 'what is sent again arrives', () => left.map(pairOf).join(', '));
}

async function ask(
  world: World,
  lambda: Lambda,
  webhookId: string,
  what: string,
  body: object,
): Promise<void> {
  const route = `POST /webhook/{webhookId}/${what}`;
  world.step = emptyStep();
  await lambda.begin({}, undefined);
  const reply = await invoke(lambda.http(route, world.groups), {
    ...{ route, path: { webhookId }, body: JSON.stringify(body) },
  });
  await lambda.end();
  must(reply.status === 200, 'a request fails only by a fault', () => `${route}: ${reply.text}`);
  await checkStep(world);
}

/** Works until nothing is left but what waits for a later time. */
async function workAll(world: World, lambda: Lambda): Promise<void> {
  const { events, posts, results, isReceived } = world.webhooks;
  world.step = emptyStep();
  await lambda.begin({}, undefined);
  await performOfWebhooks(world, lambda, { do: 'relay webhooks' });
  for (let round = 0; round < MAX_ROUNDS; round++) {
    world.webhooks.arrive();
    const isDone =
      events.all().length === 0 &&
      posts.all().length === 0 &&
      !results.all().some(({ content }) => isReceived(content));
    if (isDone) break;
    await performOfWebhooks(world, lambda, { do: 'fan out', events: FIRST, isKept: false });
    await performOfWebhooks(world, lambda, { do: 'post', messages: FIRST, isKept: false });
    await performOfWebhooks(world, lambda, { do: 'note results', messages: FIRST, isKept: false });
  }
  await lambda.end();
  await checkStep(world);
}

/** Checks that nothing of webhooks that are enabled is due, or under way. */
async function mustHaveNothing(world: World, ids: readonly string[], rule: string): Promise<void> {
  const due = await world.sql<{ webhookId: string; messageId: string }[]>`
    SELECT webhook_id AS "webhookId", message_id AS "messageId"
    FROM webhook_deliveries JOIN webhooks ON id = webhook_id
    WHERE disabled_at IS NULL AND next_at IS NOT NULL AND (next_at <= now() OR is_posting)`;
  const left = due.filter(({ webhookId }) => ids.includes(webhookId));
  must(left.length === 0, rule, () => left.map(pairOf).join(', '));
}
