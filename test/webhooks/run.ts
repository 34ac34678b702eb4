import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDeliver } from '../../functions/webhook-deliver.ts';
import { createPost } from '../../functions/webhook-post.ts';
import { createWebhookRelay } from '../../functions/webhook-relay.ts';
import { createResults } from '../../functions/webhook-results.ts';
import { allowSeconds, runTx, type Sql } from '../../lib/postgres/database.ts';
import { newId } from '../../lib/runtime/new-id.ts';
import { resendSince } from '../../lib/webhooks/deliveries.ts';
import { outsideOf } from '../../lib/webhooks/post.ts';
import { createWebhook } from '../../lib/webhooks/webhooks.ts';
import { freePort } from '../../localstack/ports.ts';
import { faultyQueue } from './faulty-queue.ts';
import { receiverOf, type Tally } from './receivers.ts';

/** Events that are staged at once, as instances of the subscriber do. */
const SUBSCRIBERS = 4;

/** Instances of the functions that post and note results. */
const POSTERS = 6;
const NOTERS = 2;

/** Milliseconds that an answer may take here, where a receiver never answers. */
const LIMIT_MS = 1_500;

/** Seconds that are passed once nothing is left but what waits: the longest delay, and what a lost claim takes. */
const PASSED_SECONDS = 100_000;

/** Seconds that one statement which passes the time of all deliveries may take. */
const PASSING_SECONDS = 120;

/**
 * How often time is passed at most, for a number of events: a message has ten attempts, and each pass ends once the posts that may be
 * under way at once have all been lost to dying functions, which is after a few thousand.
 */
const maxPasses = (events: number): number => 12 + Math.ceil(events / 1_000);

/** The share of the last events at which the second receiver lies. */
const LIES_PERCENT = 5;

export interface RunOptions {
  readonly sql: Sql;
  readonly folder: string;
  readonly events: number;
  /** Milliseconds between two kills of the first receiver. */
  readonly killEveryMs: number;
  readonly log: (line: string) => void;
}

/** What came of a run, by receiver. */
export type Report = Readonly<Record<'killed' | 'lying', Tally & { readonly disabled: boolean }>>;

const walletCreated = (number: number) => ({
  source: 'my-little-ps',
  'detail-type': 'WalletCreated',
  detail: {
    ...{ Version: 1, EventId: String(number), OccurredAt: new Date().toISOString(), CorrelationId: 'run' },
    ...{ WalletId: String(number), Name: 'Jon Snow', Country: 'UK', City: 'London', Currency: 'USD' },
  },
});

/**
 * Has events posted to two receivers: one is killed all the time, one is slow and lies about the last ones, which are sent again
 * then. Queues lose nothing and deliver again what a function failed at, as SQS does; functions die now and then.
 */
export async function runWebhooks(options: RunOptions): Promise<Report> {
  const { sql, folder, events, killEveryMs, log } = options;
  const liesFrom = events - Math.ceil((events * LIES_PERCENT) / 100) + 1;
  const make = async (
    name: string,
    more: { slowEvery: number; hangsEvery: number; liesFrom: number | null },
  ) => {
    const port = await freePort();
    const made = await runTx(sql, (tx) =>
      createWebhook(tx, newId(), { address: `http://127.0.0.1:${port}/`, eventTypes: [], description: name }),
    );
    if (!made.ok) throw new Error(made.refusal.error);
    const { WebhookId: id, Secret: secret } = made.value;
    const receiver = receiverOf({ port, secret, file: join(folder, name), ...more });
    await receiver.start();
    return { ...receiver, id };
  };
  const killed = await make('killed', { slowEvery: 0, hangsEvery: 0, liesFrom: null });
  const lying = await make('lying', { slowEvery: 50, hangsEvery: 5_000, liesFrom });
  try {
    const system = systemOver(sql);
    const killing = new AbortController();
    const kills = killAgainAndAgain(killed, killEveryMs, killing.signal);
    const [{ at } = { at: '' }] = await sql<{ at: string }[]>`SELECT now() AS at`;
    await system.stageAll(events, log);
    killing.abort();
    log(`${await kills} kills`);
    await system.settle(events, log);
    let since: string | null = at;
    const [first] = await sql<{ at: string }[]>`
      SELECT created_at AS at FROM webhook_messages WHERE id = ${`event-${liesFrom}`}`;
    since = first?.at ?? at;
    while (since !== null) {
      const from: string = since;
      const again = await runTx(sql, (tx) => resendSince(tx, lying.id, from));
      if (!again.ok) throw new Error(again.refusal.error);
      log(`${again.value.Resent} sent again`);
      since = again.value.Next;
      await system.settle(events, log);
    }
    const disabled = new Set(
      (await sql<{ id: string }[]>`SELECT id FROM webhooks WHERE disabled_at IS NOT NULL`).map(
        ({ id }) => id,
      ),
    );
    return {
      killed: { ...(await killed.tally()), disabled: disabled.has(killed.id) },
      lying: { ...(await lying.tally()), disabled: disabled.has(lying.id) },
    };
  } finally {
    await Promise.all([killed.kill(), lying.kill()]);
  }
}

/** @returns how often it was killed */
async function killAgainAndAgain(
  receiver: { readonly start: () => Promise<void>; readonly kill: () => Promise<void> },
  everyMs: number,
  signal: AbortSignal,
): Promise<number> {
  let kills = 0;
  for (;;) {
    await sleep(everyMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return kills;
    await receiver.kill();
    await sleep(everyMs / 4);
    await receiver.start();
    kills += 1;
  }
}

/** The functions of webhooks with queues between them. */
function systemOver(sql: Sql) {
  const posts = faultyQueue(POSTERS);
  const results = faultyQueue(NOTERS);
  const bus = undefined;
  const postQueue = { send: async (all: readonly object[]) => posts.add(all) };
  // What is to be looked at later is found by the relay, once time was passed.
  const resultQueue = {
    send: async (message: object, delaySeconds = 0) =>
      delaySeconds > 0 ? undefined : results.add([message]),
  };
  const deps = { sql, posts: postQueue, results: resultQueue, bus };
  const outside = { ...outsideOf('local'), limitMs: LIMIT_MS };
  posts.to(createPost({ results: resultQueue, WEBHOOK_ADDRESSES: 'local' }, outside));
  results.to(createResults(deps));
  const relay = createWebhookRelay(deps);
  const deliver = createDeliver(deps);
  const idle = async () => {
    do await Promise.all([posts.idle(), results.idle()]);
    while (posts.size() + results.size() > 0);
  };
  return {
    async stageAll(events: number, log: (line: string) => void): Promise<void> {
      let next = 1;
      const work = async () => {
        while (next <= events) {
          const number = next++;
          await deliver(walletCreated(number));
          if (number % 5_000 === 0) log(`${number} events staged`);
        }
      };
      await Promise.all(Array.from({ length: SUBSCRIBERS }, work));
      await idle();
    },
    /** Passes time until nothing waits. @throws Error if something does for ever */
    async settle(events: number, log: (line: string) => void): Promise<void> {
      for (let pass = 0; pass < maxPasses(events); pass++) {
        await relay(undefined, { getRemainingTimeInMillis: () => 60_000 });
        await idle();
        const [{ waiting } = { waiting: 0n }] = await sql<{ waiting: bigint }[]>`
          SELECT count(*) AS waiting FROM webhook_deliveries WHERE next_at IS NOT NULL`;
        if (waiting === 0n) return;
        log(`${waiting} wait: time passes`);
        await runTx(sql, async (tx) => {
          await allowSeconds(tx, PASSING_SECONDS);
          await tx`UPDATE webhook_deliveries SET next_at = next_at - make_interval(secs => ${PASSED_SECONDS})
            WHERE next_at IS NOT NULL`;
        });
      }
      throw new Error('something waits for ever');
    },
  };
}
