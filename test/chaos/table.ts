import { tableLines } from '../../operate/text-table.ts';

/** A number of a run, and what it counts. */
export type Fact = readonly [string, string | number];

/** Prints a run's numbers, line by line, and its problems. */
export function printTable(facts: readonly Fact[], problems: readonly string[]): void {
  const rows = facts.map(([name, value]) => [
    name,
    typeof value === 'number' ? value.toLocaleString('en') : value,
  ]);
  console.log(`\n${tableLines(rows, new Set([1])).join('\n')}\n`);
  if (problems.length === 0) console.log('Nothing is wrong: nothing was lost, doubled or made up.');
  for (const problem of problems) console.log(`WRONG: ${problem}`);
}
