import type { Failure, Outcome } from '../run.ts';
import type { Script, Step } from './script.ts';

/** A shorter script that breaks the same rule. */
export interface Shrunk {
  readonly script: Script;
  readonly story: readonly string[];
  readonly failure: Failure;
  /** Runs needed to find it. */
  readonly runs: number;
}

/** Most runs, and most milliseconds, spent on finding a shorter story. */
const MAX_RUNS = 250;
const MAX_MS = 180_000;

/**
 * Delta debugging (Zeller and Hildebrandt, 2002): removes steps in ever smaller pieces, then actors and faults from
 * steps, as long as the same rule breaks.
 *
 * @param attempt runs a script against a new database
 */
export async function shrink(
  script: Script,
  failure: Failure,
  attempt: (script: Script) => Promise<Outcome>,
): Promise<Shrunk> {
  const started = performance.now();
  let best: Shrunk = { script, story: [], failure, runs: 0 };
  let runs = 0;
  const isOver = () => runs >= MAX_RUNS || performance.now() - started > MAX_MS;

  /** Keeps a candidate that breaks the same rule, without the steps after the breaking one. */
  async function keeps(steps: readonly Step[], setting = script.setting): Promise<boolean> {
    if (isOver()) return false;
    runs += 1;
    const outcome = await attempt({ setting, steps });
    if (outcome.failure?.rule !== failure.rule) return false;
    best = {
      script: { setting, steps: steps.slice(0, outcome.failure.step) },
      story: outcome.story,
      failure: outcome.failure,
      runs,
    };
    return true;
  }

  await keeps(script.steps.slice(0, failure.step));
  for (let size = Math.ceil(best.script.steps.length / 2); size >= 1 && !isOver(); ) {
    const isShorter = await removePieces(size);
    if (size === 1 && !isShorter) break;
    size = isShorter ? Math.min(size, Math.ceil(best.script.steps.length / 2)) : Math.floor(size / 2);
  }
  await simplifySteps();
  await keeps(best.script.steps, { ...script.setting, wallets: script.setting.wallets.slice(0, 2) });
  return { ...best, runs };

  /** Removes pieces from the end, where steps are needed least often. */
  async function removePieces(size: number): Promise<boolean> {
    let isShorter = false;
    for (let end = best.script.steps.length; end > 0 && !isOver(); end -= size) {
      const { steps } = best.script;
      if (end > steps.length) continue;
      const start = Math.max(0, end - size);
      if (await keeps([...steps.slice(0, start), ...steps.slice(end)])) isShorter = true;
    }
    return isShorter;
  }

  async function simplifySteps(): Promise<void> {
    for (let index = best.script.steps.length - 1; index >= 0; index--) {
      const { actors, turns } = best.script.steps[index] ?? { actors: [], turns: { seed: 1, stickiness: 0 } };
      for (let actor = actors.length - 1; actor >= 0; actor--) {
        const { steps } = best.script;
        const now = steps[index]?.actors ?? [];
        const fewer = now.filter((_actor, i) => i !== actor);
        const calmer = now.map((one, i) => (i === actor ? { ...one, faults: {} } : one));
        if (fewer.length > 0 && (await keeps(steps.with(index, { actors: fewer, turns })))) continue;
        if (Object.keys(now[actor]?.faults ?? {}).length > 0)
          await keeps(steps.with(index, { actors: calmer, turns }));
      }
    }
  }
}
