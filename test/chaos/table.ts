/** The name of a number, and the number. */
export type Fact = readonly [string, string | number];

/** Prints a run's numbers, line by line, and its problems. */
export function printTable(facts: readonly Fact[], problems: readonly string[]): void {
  const width = Math.max(...facts.map(([name]) => name.length));
  console.log('');
  for (const [name, value] of facts) {
    const text = typeof value === 'number' ? value.toLocaleString('en') : value;
    console.log(`${name.padEnd(width)}  ${text.padStart(12)}`);
  }
  console.log('');
  if (problems.length === 0) console.log('No problems: nothing was lost, doubled or made up.');
  for (const problem of problems) console.log(`WRONG: ${problem}`);
}
