import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../story/random.ts';
import type { Gate } from './link.ts';

/*
 * Several actors at once, one statement at a time: whose is next is chosen by the seed, so that a race comes out the
 * same each time. An actor thinks, waits for its turn, runs a statement, or is done. The next turn is given when none
 * thinks, and each statement that runs waits for a row lock: what it will do, and when, then depends on the others' turns.
 */

type State = 'thinking' | 'waiting' | 'running' | 'done';

export interface Turns extends Gate {
  /** Gives turns until every actor is done. */
  run(): Promise<void>;
  /** An actor is done; it may still say something, to which nobody listens. */
  done(slot: number): void;
}

/** Milliseconds a statement gets to end before PostgreSQL is asked whether it waits for a lock. */
const PATIENCE_MS = 2;

/**
 * @param actors how many; their slots count from 0
 * @param stickiness how likely the same actor's next statement is next
 * @param blocked the slots whose statements wait for a lock
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

  /** Waits until nothing happens but by a turn. */
  async function stable(): Promise<void> {
    for (;;) {
      const next = change();
      if (slotsThat('thinking').length > 0) {
        await next;
        continue;
      }
      const running = slotsThat('running');
      if (running.length === 0) return;
      const isChanged = await Promise.race([next.then(() => true), sleep(PATIENCE_MS, false)]);
      if (isChanged) continue;
      const waiting = await blocked();
      // Where nobody waits for a turn, the lock's holder is on its way, or PostgreSQL finds the deadlock.
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
        await stable();
        if (slotsThat('waiting').length === 0) return;
        last = choose();
        const grant = grants.get(last);
        set(last, 'running');
        grant?.();
      }
    },
  };
}
