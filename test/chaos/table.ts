/** A number of a run, and what it counts. */
export type Fact = readonly [string, string | number];

/** Prints what a run did, line by line, and what it found wrong. */
export function printTable(facts: readonly Fact[], problems: readonly string[]): void {
  const width = Math.max(...facts.map(([name]) => name.length));
  console.log('');
  for (const [name, value] of facts) {
    const text = typeof value === 'number' ? value.toLocaleString('en') : value;
    console.log(`${name.padEnd(width)}  ${text.padStart(12)}`);
  }
  console.log('');
  if (problems.length === 0) console.log('Nothing is wrong: nothing was lost, doubled or made up.');
  for (const problem of problems) console.log(`WRONG: ${problem}`);
}
