import { tableLines } from '../../operate/text-table.ts';
import type { Failure, Outcome } from './run.ts';
import type { Shrunk } from './story/shrink.ts';

/** A worker's report on a seed. */
export interface SeedReport {
  readonly seed: number;
  readonly steps: number;
  readonly seconds: number;
  readonly tally: Readonly<Record<string, number>>;
  readonly failure: FailureReport | undefined;
}

interface FailureReport extends Failure {
  /** The last lines of the original story. */
  readonly last: readonly string[];
  /** The shortest story that breaks the same rule, whole. */
  readonly shrunk:
    | { readonly story: readonly string[]; readonly message: string; readonly runs: number }
    | undefined;
}

/** Lines shown of a long story. */
const LAST_LINES = 12;

export function seedReport(
  seed: number,
  steps: number,
  seconds: number,
  { tally, story, failure }: Outcome,
  shrunk: Shrunk | undefined,
): SeedReport {
  const found = failure && {
    ...failure,
    last: story.slice(-LAST_LINES),
    shrunk: shrunk && { story: shrunk.story, message: shrunk.failure.message, runs: shrunk.runs },
  };
  return { seed, steps, seconds, tally: Object.fromEntries(tally), failure: found };
}

/** One line for each finished seed. */
export function progressLine({ seed, steps, seconds, tally, failure }: SeedReport): string {
  const settled = (tally['operations settled'] ?? 0) + (tally['operations declined'] ?? 0);
  const outcome = failure === undefined ? 'ok' : `BROKEN at step ${failure.step}: ${failure.rule}`;
  const speed = Math.round(Math.min(steps, failure?.step ?? steps) / seconds);
  return `seed ${seed}: ${steps} steps, ${settled} operations settled, ${seconds.toFixed(1)} s (${speed} steps/s): ${outcome}`;
}

/** Why a seed failed, how to replay it, and the shortest story that shows it. */
export function failureText({ seed, steps, failure }: SeedReport): string {
  if (failure === undefined) return '';
  const { step, message, last, shrunk } = failure;
  const lines = [
    `\nSeed ${seed} broke a rule at step ${step} of ${steps}.`,
    message,
    '\nIts last steps:',
    ...last,
    `\nReplay: npm run simulate -- --seed ${seed} --steps ${steps}`,
  ];
  if (shrunk === undefined) return lines.join('\n');
  return [
    ...lines,
    `\nThe shortest story that breaks the same rule (found in ${shrunk.runs} runs):`,
    ...shrunk.story,
    shrunk.message,
  ].join('\n');
}

/** How often each thing happened, over all seeds. */
export function tallyTable(reports: readonly SeedReport[]): string {
  const sums = new Map<string, number>();
  for (const { tally } of reports) {
    for (const [what, times] of Object.entries(tally)) sums.set(what, (sums.get(what) ?? 0) + times);
  }
  const isFault = (what: string) => what.startsWith('fault: ');
  const rows = [...sums]
    .filter(([, times]) => times > 0)
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([what, times]) => ({
      isFault: isFault(what),
      cells: [`  ${what.replace('fault: ', '')}`, times.toLocaleString('en')],
    }));
  const lines = tableLines(
    rows.map(({ cells }) => cells),
    new Set([1]),
  );
  const linesOf = (faults: boolean) => lines.filter((_, index) => rows[index]?.isFault === faults);
  return ['What happened', ...linesOf(false), 'Faults injected', ...linesOf(true)].join('\n');
}
