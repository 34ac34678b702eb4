import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { karmarkarKarp } from '../lib/partition.ts';
import type { Measurement } from './measurement.ts';

export const name = 'partition';

const SIZES = [1_000_000, 10_000_000];
const GROUPS = [2, 100, 1_000];
/** Several times the slowest case on a machine of two cores. */
const CASE_TIMEOUT_MS = 120_000;

type Shape = 'uniform' | 'zipf' | 'idle' | 'equal';

/** Operations of one wallet, given the number of wallets and two random numbers from 0 to 1. */
const SHAPES: Record<
  Shape,
  { words: string; load: (wallets: number, first: number, second: number) => number }
> = {
  uniform: { words: 'uniform up to a million', load: (_, first) => 1 + Math.floor(first * 1e6) },
  zipf: { words: 'Zipf', load: (wallets, first) => Math.floor(wallets / (1 + Math.floor(first * wallets))) },
  idle: { words: '90 % idle', load: (_, first, second) => (first < 0.9 ? 0 : 1 + Math.floor(second * 1000)) },
  equal: { words: 'all equal', load: () => 7 },
};

interface Result {
  readonly timeS: number;
  readonly peakRssMb: number;
  readonly spread: number;
  readonly meanSum: number;
  readonly largestLoad: number;
}

/** One process for each case: a process has only one peak of memory. */
export async function run(log: (line: string) => void): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const wallets of SIZES) {
    for (const shape of Object.keys(SHAPES) as Shape[]) {
      for (const groups of GROUPS) {
        const args = [import.meta.filename, shape, String(wallets), String(groups)];
        const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: CASE_TIMEOUT_MS });
        const result = JSON.parse(stdout) as Result;
        const conditions = `${wallets / 1e6} million loads, ${SHAPES[shape].words}, ${groups} groups`;
        const { timeS, peakRssMb, spread, meanSum, largestLoad } = result;
        const scale = `mean sum ${Math.round(meanSum)}, largest load ${largestLoad}`;
        log(`${conditions}: ${timeS.toFixed(2)} s, ${Math.round(peakRssMb)} MB, spread ${spread} (${scale})`);
        measurements.push(
          { name: 'partition time', value: timeS, unit: 's', conditions },
          { name: 'partition peak memory of the process', value: peakRssMb, unit: 'MB', conditions },
          {
            name: 'partition spread',
            value: spread,
            unit: 'operations',
            conditions: `${conditions}; ${scale}`,
          },
        );
      }
    }
  }
  return measurements;
}

function measure(shape: Shape, wallets: number, groups: number): Result {
  const random = randomFrom(20_250_101);
  const loads = new Float64Array(wallets);
  for (let wallet = 0; wallet < wallets; wallet++)
    loads[wallet] = SHAPES[shape].load(wallets, random(), random());

  const startMs = performance.now();
  const result = karmarkarKarp(loads, groups);
  const timeS = (performance.now() - startMs) / 1000;
  // In kibibytes.
  const peakRssMb = (process.resourceUsage().maxRSS * 1024) / 1e6;
  return { timeS, peakRssMb, ...quality(loads, result, groups) };
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

/** Numbers from 0 to 1, the same each time. */
function randomFrom(seed: number): () => number {
  const generator = xoroshiro128plus(seed);
  return () => uniformFloat64(generator);
}

// The process of one case, `node bench/partition.ts zipf 10000000 100`; without arguments, all of them.
if (import.meta.main) {
  const [shape, wallets, groups] = process.argv.slice(2);
  if (shape === undefined) await run(console.log);
  else console.log(JSON.stringify(measure(shape as Shape, Number(wallets), Number(groups))));
}
