import { type Measurement, readable, summarize } from './measurement.ts';
import { type Comparison, type PartitionRun, SHAPES, type Shape, type Task } from './partition-process.ts';
import { runProcess } from './processes.ts';

export const name = 'partition';

const SIZES = [1_000_000, 10_000_000];
const GROUPS = [2, 100, 1_000];

/** Processes of each case. Each warms up on a smaller input. */
const ROUNDS = 3;

/** Many times what the slowest case takes on two otherwise idle cores. */
const CASE_TIMEOUT_MS = 300_000;

/** The case that has targets. */
const MAIN = { wallets: 10_000_000, shape: 'uniform', groups: 100, timeS: 4, memoryMb: 400 };

/** Loads of the comparison with the plain method, whose time and memory grow with loads times groups. */
const COMPARED = { loads: 20_000, groups: [2, 100, 1_000] };

/** Measures each run in its own process, because peak memory is per process. */
export async function run(log: (line: string) => void): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const wallets of SIZES) {
    for (const shape of Object.keys(SHAPES) as Shape[]) {
      for (const groups of GROUPS) {
        const runs: PartitionRun[] = [];
        for (let round = 0; round < ROUNDS; round++) runs.push(await runOnce(shape, wallets, groups));
        const measured = describe(runs, shape, wallets, groups);
        measurements.push(...measured);
        const values = measured.map(({ value, unit }) => `${readable(value)} ${unit}`);
        log(`${measured[0]?.conditions}: ${values.join(', ')}`);
      }
    }
  }
  for (const groups of COMPARED.groups) {
    const { spread, plainSpread } = await compareOnce(groups);
    const conditions = `${COMPARED.loads} loads, uniform up to 2^36, ${groups} groups; the plain method leaves ${plainSpread}`;
    log(`${conditions}: ${spread}`);
    measurements.push({
      name: 'partition, spread against the plain differencing method',
      value: spread,
      unit: 'operations',
      conditions,
      target: { atMost: plainSpread },
    });
  }
  return measurements;
}

function describe(
  runs: readonly PartitionRun[],
  shape: Shape,
  wallets: number,
  groups: number,
): Measurement[] {
  const conditions = `${wallets / 1e6} million loads, ${SHAPES[shape].description}, ${groups} groups`;
  const isMain = wallets === MAIN.wallets && shape === MAIN.shape && groups === MAIN.groups;
  const target = (atMost: number) => (isMain ? { target: { atMost } } : {});
  const [first] = runs;
  if (first === undefined) return [];
  const scale = `mean sum ${Math.round(first.meanSum)}, largest load ${first.largestLoad}`;
  return [
    {
      name: 'partition, time',
      ...summarize(runs.map(({ timeS }) => timeS)),
      unit: 's',
      conditions,
      ...target(MAIN.timeS),
    },
    {
      name: 'partition, processor time',
      ...summarize(runs.map(({ processorS }) => processorS)),
      unit: 's',
      conditions,
    },
    {
      name: 'partition, peak memory of the process',
      ...summarize(runs.map(({ peakRssMb }) => peakRssMb)),
      unit: 'MB',
      conditions,
      ...target(MAIN.memoryMb),
    },
    {
      name: 'partition, spread',
      value: first.spread,
      unit: 'operations',
      conditions: `${conditions}; ${scale}`,
    },
  ];
}

const runOnce = (shape: Shape, wallets: number, groups: number): Promise<PartitionRun> =>
  perform({ kind: 'measure', shape, wallets, groups });

const compareOnce = (groups: number): Promise<Comparison> =>
  perform({ kind: 'compare', loads: COMPARED.loads, groups });

const perform = <Done>(task: Task): Promise<Done> =>
  runProcess<Task, Done>('partition-process.ts', task, CASE_TIMEOUT_MS);
