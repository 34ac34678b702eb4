import { setTimeout as sleep } from 'node:timers/promises';
import type { Part } from './part.ts';
import type { Random } from './random.ts';

/** Share of kills that wait until the functions are up. */
const WAIT_FOR_FUNCTIONS = 0.75;

/** Pause between two looks for a part that is up, and the most looks. */
const POLL_MS = 50;
const POLLS = 2_400;

/** Shares of the kills; the rest is for the functions, which take longest to restart. */
const SHARES = { postgres: 0.45, queue: 0.4 };

interface Parts {
  readonly postgres: Part;
  readonly queue: Part;
  readonly host: Part;
}

export interface Killing {
  readonly kills: number;
  /** The longest pause between two kills. */
  readonly maxPauseMs: number;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly onKill: (done: number) => void;
}

/** Kills the parts at random moments, each its share of the kills, mostly while the functions are up. */
export async function killAtRandom(
  parts: Parts,
  { kills, maxPauseMs, random, signal, onKill }: Killing,
): Promise<void> {
  const left = random.shuffle(victims(parts, kills));
  for (let done = 1; done <= kills; done++) {
    await sleep(random.integer(maxPauseMs));
    const waitFor = random.chance(WAIT_FOR_FUNCTIONS) ? parts.host : undefined;
    const victim = await nextUp(left, waitFor, signal);
    if (victim === undefined) return;
    await victim.kill();
    onKill(done);
  }
}

function victims({ postgres, queue, host }: Parts, kills: number): Part[] {
  const ofQueue = Math.round(kills * SHARES.queue);
  const ofPostgres = Math.round(kills * SHARES.postgres);
  return Array.from({ length: kills }, (_, index) => {
    if (index < ofQueue) return queue;
    return index < ofQueue + ofPostgres ? postgres : host;
  });
}

/** Takes the first part that is up; parts that are starting are left for later. */
async function nextUp(
  left: Part[],
  waitFor: Part | undefined,
  signal: AbortSignal,
): Promise<Part | undefined> {
  for (let poll = 0; poll < POLLS && !signal.aborted; poll++) {
    const index = left.findIndex((part) => part.isUp());
    if (index >= 0 && (waitFor?.isUp() ?? true)) return left.splice(index, 1)[0];
    await sleep(POLL_MS);
  }
  return undefined;
}
