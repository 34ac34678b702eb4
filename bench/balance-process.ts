import { randomUUID } from 'node:crypto';
import { type BalancerStep, rebalance } from '../lib/groups/balancer.ts';
import { openDatabase } from '../lib/postgres/database.ts';
import { NO_BUS } from './no-messages.ts';

/** The database to balance, and over how many groups. */
export interface Task {
  readonly url: string;
  readonly groups: number;
}

/** Measurements of one run of the balancer. */
export interface BalanceRun {
  readonly timeS: number;
  /** Seconds of each step. */
  readonly steps: Readonly<Record<BalancerStep, number>>;
  readonly peakRssMb: number;
  readonly moved: number;
  /** The largest group's operations minus the smallest's, after the run. */
  readonly spread: number;
}

// The process of one run, `node bench/balance-process.ts postgres://… 100`: a process has only one peak of memory.
const [url = '', groups = ''] = process.argv.slice(2);
const sql = openDatabase(url);
const begun = performance.now();
const steps: Record<BalancerStep, number> = { count: 0, split: 0, move: 0, announce: 0 };
let current: { step: BalancerStep; begun: number } | undefined;
const endStep = (): void => {
  if (current !== undefined) steps[current.step] += (performance.now() - current.begun) / 1000;
};
const onStep = (step: BalancerStep): void => {
  endStep();
  current = { step, begun: performance.now() };
};
const report = await rebalance(
  { sql, bus: NO_BUS, onStep },
  { groups: Number(groups), id: randomUUID(), correlationId: 'bench' },
);
endStep();
if (report === undefined) throw new Error('another run is under way');
const timeS = (performance.now() - begun) / 1000;
const loads = report.Groups.map(({ OperationsAfter }) => OperationsAfter);
// In kibibytes.
const peakRssMb = (process.resourceUsage().maxRSS * 1024) / 1e6;
const spread = Math.max(...loads) - Math.min(...loads);
const run: BalanceRun = { timeS, steps, peakRssMb, moved: report.WalletsMoved, spread };
console.log(JSON.stringify(run));
await sql.end();
