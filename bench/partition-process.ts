import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { karmarkarKarp } from '../lib/groups/differencing.ts';
import { serveTasks } from '../localstack/processes/parent.ts';
import { plainDifferencing } from './plain-differencing.ts';

export type Shape = 'uniform' | 'zipf' | 'idle' | 'equal';

/** Operations of one wallet, given the number of wallets and two random numbers from 0 to 1. */
export const SHAPES: Record<
  Shape,
  { description: string; load: (wallets: number, first: number, second: number) => number }
> = {
  uniform: { description: 'uniform up to a million', load: (_, first) => 1 + Math.floor(first * 1e6) },
  zipf: {
    description: 'Zipf',
    load: (wallets, first) => Math.floor(wallets / (1 + Math.floor(first * wallets))),
  },
  idle: {
    description: '90 % idle',
    load: (_, first, second) => (first < 0.9 ? 0 : 1 + Math.floor(second * 1000)),
  },
  equal: { description: 'all equal', load: () => 7 },
};

/** What a process is asked to do: take the measure of one case, or compare with the plain method. */
export type Task =
  | { readonly kind: 'measure'; readonly shape: Shape; readonly wallets: number; readonly groups: number }
  | { readonly kind: 'compare'; readonly loads: number; readonly groups: number };

export interface Comparison {
  readonly spread: number;
  readonly plainSpread: number;
}

export interface PartitionRun {
  readonly timeS: number;
  /** Processor seconds: less than `timeS` if other programs ran, too. */
  readonly processorS: number;
  readonly peakRssMb: number;
  readonly spread: number;
  readonly meanSum: number;
  readonly largestLoad: number;
}

/** Loads of the warm-up: enough for V8 to compile every loop. */
const WARM_UP_LOADS = 20_000;

/** Loads of the comparison: so large that hardly two differences are equal, because the order of equal ones is arbitrary. */
const LARGEST_COMPARED = 2 ** 36;

const SEED = 20_250_101;

function measure(shape: Shape, wallets: number, groups: number): PartitionRun {
  karmarkarKarp(loadsOf(shape, WARM_UP_LOADS), groups);
  const loads = loadsOf(shape, wallets);
  const before = process.cpuUsage();
  const startedMs = performance.now();
  const result = karmarkarKarp(loads, groups);
  const timeS = (performance.now() - startedMs) / 1000;
  const { user, system } = process.cpuUsage(before);
  // maxRSS is in kibibytes.
  const peakRssMb = (process.resourceUsage().maxRSS * 1024) / 1e6;
  return { timeS, processorS: (user + system) / 1e6, peakRssMb, ...quality(loads, result, groups) };
}

function compare(count: number, groups: number): Comparison {
  const random = randomFrom(SEED);
  const loads = Float64Array.from({ length: count }, () => 1 + Math.floor(random() * LARGEST_COMPARED));
  const { spread } = quality(loads, karmarkarKarp(loads, groups), groups);
  return { spread, plainSpread: plainDifferencing(loads, groups) };
}

function loadsOf(shape: Shape, wallets: number): Float64Array {
  const random = randomFrom(SEED);
  const loads = new Float64Array(wallets);
  for (let wallet = 0; wallet < wallets; wallet++)
    loads[wallet] = SHAPES[shape].load(wallets, random(), random());
  return loads;
}

function quality(loads: Float64Array, result: Uint16Array, groups: number) {
  const sums = new Float64Array(groups);
  let largestLoad = 0;
  for (const [wallet, load] of loads.entries()) {
    const group = result[wallet] ?? 0;
    sums[group] = (sums[group] ?? 0) + load;
    largestLoad = Math.max(largestLoad, load);
  }
  const meanSum = sums.reduce((total, sum) => total + sum, 0) / groups;
  return { spread: Math.max(...sums) - Math.min(...sums), meanSum, largestLoad };
}

/** Numbers from 0 to 1, the same for each seed. */
function randomFrom(seed: number): () => number {
  const generator = xoroshiro128plus(seed);
  return () => uniformFloat64(generator);
}

// partition.ts has the shapes from here.
if (import.meta.main) {
  await serveTasks(async (task: Task) =>
    task.kind === 'compare'
      ? compare(task.loads, task.groups)
      : measure(task.shape, task.wallets, task.groups),
  );
}
