import type { SQSBatchResponse } from 'aws-lambda';
import type { Outside } from '../../../lib/webhooks/post.ts';
import type { Post, PostResult, ResultQueue } from '../../../lib/webhooks/queues.ts';
import { must } from '../checks/violation.ts';
import { messageIdOf } from '../checks/webhook-book.ts';
import type { Lambda } from '../world/lambda.ts';
import type { Queued, StandardQueue } from '../world/standard-queue.ts';
import type { QueuedPost } from '../world/webhooks.ts';
import { count, type World } from '../world/world.ts';
import type { WebhookAction } from './script-of-webhooks.ts';

type ActionOf<Kind extends WebhookAction['do']> = Extract<WebhookAction, { do: Kind }>;

/** Performs what an actor does about webhooks. @returns what happened, in words */
export async function performOfWebhooks(
  world: World,
  lambda: Lambda,
  action: WebhookAction,
): Promise<string> {
  const { receivers } = world.webhooks;
  switch (action.do) {
    case 'fan out':
      return await fanOut(world, lambda, action);
    case 'post':
      return await post(world, lambda, action);
    case 'note results':
      return await noteResults(world, lambda, action);
    case 'relay webhooks': {
      const run = await work(world, lambda, () => lambda.webhooks.relay());
      return `relay webhooks → ${typeof run === 'string' ? run : `handed over ${run.sent}`}`;
    }
    case 'pass time':
      await passTime(world, action.seconds);
      return `${action.seconds} seconds pass for webhooks`;
    case 'change receiver':
      receivers.setMood(action.receiver, action.mood);
      return `from now on receiver ${action.receiver} ${action.mood}`;
    case 'change name':
      receivers.setLeads(action.receiver, action.leads);
      return `from now on the name of receiver ${action.receiver} leads to ${action.leads}`;
  }
}

/** A function's work. @returns what it returns, or in words how it failed, which only a fault may cause */
async function work<T>(world: World, lambda: Lambda, run: () => Promise<T>): Promise<T | string> {
  const result = await lambda.untilDeath(run()).catch((error: unknown) => error as Error);
  if (!(result instanceof Error)) return result;
  const isStruck = lambda.struck().length > 0 || world.step.struck.has(lambda.slot);
  must(isStruck, 'a function of webhooks fails only by a fault', () => String(result.stack));
  return `failed (${String(result)})`;
}

/** Hands events to the subscriber, one by one, until a fault strikes. */
async function fanOut(
  world: World,
  lambda: Lambda,
  { events, isKept }: ActionOf<'fan out'>,
): Promise<string> {
  const { book, events: queue } = world.webhooks;
  const taken = queue.take(events, undefined, isKept);
  if (taken.length === 0) return 'there is no event for webhooks';
  const done = new Set<number>();
  let outcome: string | undefined;
  for (const { number, content } of taken) {
    outcome = (await work(world, lambda, () => lambda.webhooks.fanOut(content))) ?? undefined;
    if (outcome !== undefined) break;
    done.add(number);
    book.staged.push({ messageId: messageIdOf(content), type: content.type });
  }
  queue.settle(taken, ({ number }) => !done.has(number), isKept);
  count(world, 'webhooks: events fanned out', done.size);
  const names = taken.map(({ content }) => `${content.type} ${messageIdOf(content)}`).join(', ');
  return `fan out ${names} → ${outcome ?? 'done'}${isKept ? ', and they come again' : ''}`;
}

/** Seconds after which a message is not posted any more, and more. */
const LATE_SECONDS = 121;

/** Milliseconds for a post where a receiver hangs, and where none does: the others answer within a few. */
const HANG_LIMIT_MS = 400;
const LIMIT_MS = 30_000;

async function post(world: World, lambda: Lambda, action: ActionOf<'post'>): Promise<string> {
  const taken = takePosts(world, action);
  const [first] = taken;
  if (first === undefined) return 'there is nothing to post';
  const { webhooks } = world;
  const posts = taken.map(({ content }) => content.post);
  const hanging = new Set([...posts.keys()].filter((index) => isHanging(world, posts[index])));
  const isLate = isLatePost(world, first.content);
  const { receivers } = webhooks;
  const slowMs = receivers.slowMs();
  const outside: Outside = {
    ...{ rule: 'public', resolve: receivers.resolve, agent: receivers.agent },
    now: () => Date.now() + receivers.slowMs() - slowMs + (isLate ? LATE_SECONDS * 1_000 : 0),
    limitMs: hanging.size > 0 && !isLate ? HANG_LIMIT_MS : LIMIT_MS,
  };
  for (const { content } of taken) {
    const { webhookId, messageId, headers } = content.post;
    const signature = headers['webhook-signature'] ?? '';
    webhooks.book.posting.set(signature, { webhookId, messageId, step: content.step });
  }
  const told: Told[] = [];
  const outcome = await work(world, lambda, () =>
    lambda.webhooks.post(
      resultsOf(lambda, posts, told),
      outside,
    )(recordsOf(taken, (content) => content.post)),
  );
  if (!isLate) checkOrder(told, hanging);
  // Which answer comes first is nobody's choice: so that a story has the same end each time, they are in the posts' order.
  told.sort((a, b) => a.index - b.index);
  for (const { result, isTaken } of told) if (isTaken) webhooks.tell(lambda.slot, result);
  settle(world, lambda, webhooks.posts, taken, outcome, action.isKept);
  count(world, 'webhooks: posts made', taken.length);
  const names = posts.map(({ messageId, webhookId }) => `${messageId} to ${webhookId}`).join(', ');
  return `post ${names}${isLate ? ', too late' : ''} → ${told.map(textOf).join(', ')}${typeof outcome === 'string' ? outcome : ''}`;
}

/** A result that the function told, and whether the queue took it. */
interface Told {
  readonly index: number;
  readonly result: PostResult;
  readonly isTaken: boolean;
}

const textOf = ({ result: { messageId, outcome, status, problem } }: Told): string =>
  `${messageId} ${outcome} ${status ?? problem ?? ''}`;

/** What hangs ends last: nobody's result waits for it. A receiver that answered was made to do so meanwhile, by what happens at once. */
function checkOrder(told: readonly Told[], hanging: ReadonlySet<number>): void {
  const isHung = told.map(({ index, result: { problem } }) => hanging.has(index) && isTimeout(problem));
  // On a machine that does nothing for so long, an answer that was there counts as none.
  const isStalled = told.some(({ index, result: { problem } }) => !hanging.has(index) && isTimeout(problem));
  must(
    isStalled || isHung.lastIndexOf(false) < isHung.filter((hung) => !hung).length,
    'a receiver that hangs keeps back no result of another',
    () => told.map(textOf).join(', '),
  );
}

const isTimeout = (problem: string | null): boolean => problem?.startsWith('no answer within') ?? false;

const isHanging = ({ webhooks: { receivers } }: World, post: Post | undefined): boolean =>
  post !== undefined && receivers.moodOf(post.address) === 'hangs' && receivers.isReached(post.address);

const isSlow = ({ webhooks: { receivers } }: World, { address }: Post): boolean =>
  receivers.moodOf(address) === 'is slow';

const isLatePost = ({ webhooks }: World, { atSeconds }: QueuedPost): boolean =>
  webhooks.clockSeconds - atSeconds >= LATE_SECONDS;

/** As many as come at once: either all or none of them too late; and a slow receiver's alone, as it makes the clock go on. */
function takePosts(world: World, { messages, isKept }: ActionOf<'post'>): readonly Queued<QueuedPost>[] {
  const { posts } = world.webhooks;
  const [first] = posts.take(messages.slice(0, 1), undefined, isKept);
  if (first === undefined || isSlow(world, first.content.post)) return first === undefined ? [] : [first];
  const isLate = isLatePost(world, first.content);
  const more = posts.take(
    messages.slice(1),
    (content) =>
      content !== first.content && isLatePost(world, content) === isLate && !isSlow(world, content.post),
    isKept,
  );
  return [first, ...more];
}

/** The queue of results of one batch of posts. Faults go by the place in the batch, too. */
function resultsOf(lambda: Lambda, posts: readonly Post[], told: Told[]): ResultQueue {
  return {
    async send(message) {
      if ('look' in message) throw new Error('the function that posts has nobody looked at');
      const { webhookId, messageId, post: number } = message;
      const index = posts.findIndex(
        (each) => each.webhookId === webhookId && each.messageId === messageId && each.post === number,
      );
      const fault = lambda.strikeQueueAt(index + 1);
      told.push({ index, result: message, isTaken: fault === undefined || fault === 'after' });
      if (fault !== undefined) throw new Error('the queue did not answer');
    },
  };
}

async function noteResults(
  world: World,
  lambda: Lambda,
  { messages, isKept }: ActionOf<'note results'>,
): Promise<string> {
  const { results, isReceived } = world.webhooks;
  const taken = results.take(messages, isReceived, isKept);
  if (taken.length === 0) return 'there is no result to note';
  const outcome = await work(world, lambda, () =>
    lambda.webhooks.note(recordsOf(taken, ({ message }) => message)),
  );
  settle(world, lambda, results, taken, outcome, isKept);
  count(world, 'webhooks: results and looks noted', taken.length);
  const names = taken.map(({ content: { message } }) =>
    'look' in message ? `look at ${message.look}` : `${message.messageId} ${message.outcome}`,
  );
  return `note results: ${names.join(', ')} → ${typeof outcome === 'string' ? outcome : 'done'}`;
}

const recordsOf = <T>(taken: readonly Queued<T>[], contentOf: (content: T) => unknown) => ({
  Records: taken.map(({ number, content }) => ({
    messageId: number.toString(),
    body: JSON.stringify(contentOf(content)),
  })),
});

/** Ends a function's batch: what it said of it goes, or all of it comes again if it failed. */
function settle<T>(
  world: World,
  lambda: Lambda,
  queue: StandardQueue<T>,
  taken: readonly Queued<T>[],
  outcome: SQSBatchResponse | string,
  isKept: boolean,
): void {
  if (typeof outcome === 'string') {
    queue.settle(taken, () => true);
    return;
  }
  const failed = new Set(outcome.batchItemFailures.map(({ itemIdentifier }) => Number(itemIdentifier)));
  const isStruck = lambda.struck().length > 0 || world.step.struck.has(lambda.slot);
  must(failed.size === 0 || isStruck, 'a message of webhooks fails only by a fault', () =>
    taken.map(({ content }) => JSON.stringify(content)).join(' '),
  );
  queue.settle(taken, ({ number }) => failed.has(number), isKept);
}

/** Lets time pass: for what is due, for how long something failed, and for old secrets. */
export async function passTime({ sql, webhooks }: World, seconds: number): Promise<void> {
  webhooks.clockSeconds += seconds;
  await sql`UPDATE webhook_deliveries SET next_at = next_at - make_interval(secs => ${seconds}) WHERE next_at IS NOT NULL`;
  await sql`UPDATE webhooks SET failing_since = failing_since - make_interval(secs => ${seconds}),
    old_secret_until = old_secret_until - make_interval(secs => ${seconds})`;
}
