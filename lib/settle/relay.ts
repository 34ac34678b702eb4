import { claimEvents, publishStaged, readOutbox, type Teller } from '../messaging/outbox.ts';
import { purgeIdempotencyKeys } from '../postgres/idempotency.ts';
import { ONE_SERVER } from './layout.ts';
import type { ProcessorDeps } from './processor.ts';
import { expiryPass } from './relay-expiries.ts';
import { rollUpPass } from './relay-roll-ups.ts';
import { wakeUpPass } from './relay-wake-ups.ts';
import { tellFromJournal } from './settled-events.ts';

export type RelayDeps = ProcessorDeps;

/** What a pass is about, each part by itself. */
type RelayPart = 'wake-ups' | 'expiries' | 'events' | 'idempotency keys' | 'roll-ups';

/** What one pass did. */
export interface RelayReport {
  /** Wallets woken because of operations that stayed pending. */
  readonly woken: number;
  /** Holds that expired. */
  readonly expired: number;
  readonly published: number;
  readonly idempotencyKeysPurged: number;
  /**
   * Age in seconds of the oldest pending operation, 0 if nothing is pending; of those seen, if the wake-ups are among the
   * parts that failed or are unfinished; null if none could be looked at.
   */
  readonly oldestPendingSeconds: number | null;
  /** Parts that failed, with what they threw. */
  readonly failed: readonly { readonly part: RelayPart; readonly error: unknown }[];
  /** Parts for which time ran out; the next pass goes on. */
  readonly unfinished: readonly RelayPart[];
}

/** Seconds that something is left undone until the relay does it; for wake-ups doubled each time, to spare a queue with a backlog. */
export const IDLE_SECONDS = 60;

/** What one statement looks at, to be published then: what EventBridge takes in a second or two. A row may have a hundred events. */
const EVENTS_PORTION = { rows: 200, events: 2_000 };

/** Idempotency keys deleted by one statement: in a tenth of a second. */
const KEYS_PORTION = 10_000;

/** Portions of one part in one pass, should time never run out: 20 million wallets. */
const MAX_PORTIONS = 10_000;

/**
 * One pass over what others left undone: wakes wallets whose operations stay pending, has holds expire that are over,
 * publishes events that stay in the outbox, deletes old idempotency keys, adds up what settling counted. Each part goes on until nothing is left or time
 * is up, and fails by itself. Safe to run twice at once.
 *
 * @param idleSeconds how long something must have been left undone; other than IDLE_SECONDS only in tests
 * @param isLate checked before each portion: once true, none is begun
 */
export async function relayOnce(
  deps: RelayDeps,
  idleSeconds = IDLE_SECONDS,
  isLate = (): boolean => false,
): Promise<RelayReport> {
  const { sql, queue, layout = ONE_SERVER } = deps;
  const wakeUps = wakeUpPass(sql, queue, idleSeconds, layout);
  const expiries = expiryPass(deps);
  const events = eventPass(deps, idleSeconds);
  const keys = keyPass(deps);
  const rollUps = rollUpPass(sql);
  const parts = await Promise.all([
    runPart('wake-ups', wakeUps, isLate),
    runPart('expiries', expiries, isLate),
    runPart('events', events, isLate),
    runPart('idempotency keys', keys, isLate),
    runPart('roll-ups', rollUps, isLate),
  ]);
  return {
    woken: wakeUps.woken,
    expired: expiries.expired,
    published: events.published,
    idempotencyKeysPurged: keys.purged,
    oldestPendingSeconds: wakeUps.oldestSeconds,
    failed: parts.flatMap(({ part, failure }) => (failure === null ? [] : [{ part, ...failure }])),
    unfinished: parts.filter(({ isUnfinished }) => isUnfinished).map(({ part }) => part),
  };
}

/** How a part ended. */
interface PartEnd {
  readonly part: RelayPart;
  readonly failure: { readonly error: unknown } | null;
  readonly isUnfinished: boolean;
}

/** Portions of one part's work. */
interface Pass {
  /** Does a portion. @returns whether there may be more */
  next(): Promise<boolean>;
}

async function runPart(part: RelayPart, pass: Pass, isLate: () => boolean): Promise<PartEnd> {
  try {
    for (let portion = 0; portion < MAX_PORTIONS; portion++) {
      if (isLate()) break;
      if (!(await pass.next())) return { part, failure: null, isUnfinished: false };
    }
    return { part, failure: null, isUnfinished: true };
  } catch (error) {
    return { part, failure: { error }, isUnfinished: false };
  }
}

/** Begins a pass over the outbox. What stands there since somebody listened stays until somebody listens again. */
function eventPass({ sql, bus, layout = ONE_SERVER }: RelayDeps, idleSeconds: number) {
  const tell: Teller = (each, keys) => tellFromJournal(each, keys, layout.one(each));
  let after = 0n;
  const pass = {
    published: 0,
    async next() {
      if (bus === undefined) return false;
      const { idle, last } = await readOutbox(sql, after, idleSeconds, EVENTS_PORTION);
      pass.published += await publishStaged(sql, bus, await claimEvents(sql, idle, idleSeconds), tell);
      after = last ?? after;
      return last !== null;
    },
  };
  return pass;
}

/** Begins a pass over the old idempotency keys. */
function keyPass({ sql }: RelayDeps) {
  const pass = {
    purged: 0,
    async next() {
      const count = await purgeIdempotencyKeys(sql, KEYS_PORTION);
      pass.purged += count;
      return count >= KEYS_PORTION;
    },
  };
  return pass;
}
