import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../story/random.ts';
import type { Gate } from './link.ts';

/*
 * Several actors at once, one statement at a time: the seed chooses whose is next, so that a race has the same result
 * each time. An actor thinks, waits for its turn, runs a statement, or is done. The next turn is given when no actor
 * thinks and every running statement waits for a row lock: its result then depends only on the others' turns.
 */

type State = 'thinking' | 'waiting' | 'running' | 'done';

export interface Turns extends Gate {
  /** Gives turns until every actor is done. */
  run(): Promise<void>;
  /** Marks an actor as done; any later statement of it is not gated. */
  done(slot: number): void;
}

/** Milliseconds that a statement gets to end before PostgreSQL is queried for lock waits. */
const LOCK_CHECK_MS = 2;

/**
 * @param actors number of actors; their slots count from 0
 * @param stickiness probability that the same actor gets the next turn
 * @param blocked reads the slots whose statements wait for a lock
 */
export function createTurns(
  actors: number,
  choices: Random,
  stickiness: number,
  blocked: () => Promise<ReadonlySet<number>>,
): Turns {
  const states = Array.from({ length: actors }, (): State => 'thinking');
  const grants = new Map<number, () => void>();
  let last = -1;
  let wake = () => {};
  const set = (slot: number, state: State): void => {
    states[slot] = state;
    wake();
  };
  const slotsThat = (state: State): number[] => states.flatMap((is, slot) => (is === state ? [slot] : []));
  const change = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });

  /** Waits until nothing can happen without a turn. */
  async function untilStable(): Promise<void> {
    for (;;) {
      const next = change();
      if (slotsThat('thinking').length > 0) {
        await next;
        continue;
      }
      const running = slotsThat('running');
      if (running.length === 0) return;
      const isChanged = await Promise.race([next.then(() => true), sleep(LOCK_CHECK_MS, false)]);
      if (isChanged) continue;
      const waiting = await blocked();
      // If no actor waits for a turn, the lock's holder is about to finish, or PostgreSQL finds the deadlock.
      const isStill = running.every((slot) => states[slot] === 'running' && waiting.has(slot));
      if (isStill && slotsThat('waiting').length > 0) return;
    }
  }

  function choose(): number {
    const waiting = slotsThat('waiting');
    if (waiting.includes(last) && choices.chance(stickiness)) return last;
    return choices.pick(waiting);
  }

  return {
    turn: (slot) =>
      new Promise((resolve) => {
        if (states[slot] === 'done') resolve();
        grants.set(slot, resolve);
        set(slot, 'waiting');
      }),
    answered: (slot) => {
      if (states[slot] === 'running') set(slot, 'thinking');
    },
    done: (slot) => set(slot, 'done'),
    async run() {
      for (;;) {
        await untilStable();
        if (slotsThat('waiting').length === 0) return;
        last = choose();
        const grant = grants.get(last);
        set(last, 'running');
        grant?.();
      }
    },
  };
}
