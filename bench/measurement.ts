import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';

/** One line of the table. */
export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Under which the value was measured: sizes, input, settings. */
  readonly conditions: string;
  readonly target?: Target;
  /** The spread of the samples whose median the value is. */
  readonly spread?: Spread;
}

/** The range that a value should be in, in its own unit; both limits are inclusive. */
export interface Target {
  readonly atMost?: number;
  readonly atLeast?: number;
}

export interface Spread {
  readonly samples: number;
  readonly least: number;
  readonly most: number;
}

/** A part of the bench: its name on the command line, and the function that measures. */
export interface Part {
  readonly name: string;
  readonly run: (log: (line: string) => void) => Promise<Measurement[]>;
}

/** The median of some samples, with their spread. */
export interface Sampled {
  readonly value: number;
  readonly spread: Spread;
}

export function isMet({ value, target }: Measurement): boolean | undefined {
  if (target === undefined) return undefined;
  return value <= (target.atMost ?? Number.POSITIVE_INFINITY) && value >= (target.atLeast ?? -Infinity);
}

/** The value as text, with fewer decimals the larger it is. */
export function readable(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en', { maximumFractionDigits: digits });
}

/**
 * The median and the spread of samples.
 *
 * @throws RangeError if there are no samples
 */
export function summarize(samples: readonly number[]): Sampled {
  const sorted = samples.toSorted((a, b) => a - b);
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (least === undefined || most === undefined) throw new RangeError('there are no samples');
  return { value: percentile(sorted, 0.5), spread: { samples: sorted.length, least, most } };
}

/**
 * The median and the spread of samples, each divided by the base of the same round: whatever slows a round slows both.
 *
 * @throws RangeError if there are no samples, or a different number of bases
 */
export function summarizeRatio(samples: readonly number[], bases: readonly number[]): Sampled {
  if (samples.length !== bases.length)
    throw new RangeError(`${samples.length} samples and ${bases.length} bases`);
  return summarize(samples.map((sample, round) => sample / (bases[round] ?? Number.NaN)));
}

/** The nearest-rank percentile of samples in ascending order; `share` is from 0 to 1. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/**
 * Takes samples of several things in turn, round after round, so that other load on the machine affects all of them
 * alike. The first `warmUps` rounds are not measured.
 */
export async function interleave<K, T>(
  things: ReadonlyMap<K, () => Promise<T>>,
  rounds: number,
  warmUps: number,
): Promise<Map<K, T[]>> {
  const samples = new Map<K, T[]>(Array.from(things.keys(), (thing) => [thing, []]));
  for (let round = -warmUps; round < rounds; round++) {
    for (const [thing, take] of things) {
      const sample = await take();
      if (round >= 0) samples.get(thing)?.push(sample);
    }
  }
  return samples;
}

/** This machine in a sentence: processor, cores, memory, system and Node. */
export function machine(): string {
  const [processor] = cpus();
  const memoryGb = Math.round(totalmem() / 1e9);
  return (
    `${availableParallelism()} cores (${processor?.model.trim() ?? 'unknown'}), ${memoryGb} GB, ` +
    `${platform()} ${arch()}, Node ${process.versions.node}`
  );
}
