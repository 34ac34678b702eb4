import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import * as accept from './accept.ts';
import * as endToEnd from './end-to-end.ts';
import * as growth from './growth.ts';
import type { Measurement } from './measurement.ts';
import * as partition from './partition.ts';
import * as settle from './settle.ts';

const PARTS = [partition, settle, accept, growth, endToEnd];

const HELP = `Measures my-little-ps on this machine.

  npm run bench [-- PART …] [-- --json FILE]

Parts: ${PARTS.map(({ name }) => name).join(', ')}; all of them by default.
`;

function print(measurements: readonly Measurement[]): void {
  for (const { name, value, unit, conditions } of measurements) {
    const number = value.toLocaleString('en', { maximumFractionDigits: 2 });
    console.log(`${name.padEnd(44)} ${number.padStart(14)} ${unit.padEnd(6)} ${conditions}`);
  }
}

const { values, positionals } = parseArgs({
  options: { json: { type: 'string' }, help: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const unknown = positionals.filter((part) => !PARTS.some(({ name }) => name === part));
if (values.help || unknown.length > 0) {
  if (unknown.length > 0) console.error(`There is no part ${unknown.join(', ')}.`);
  console.log(HELP);
  process.exitCode = values.help ? 0 : 2;
} else {
  const measurements: Measurement[] = [];
  for (const { name, run } of PARTS.filter(
    ({ name: part }) => positionals.length === 0 || positionals.includes(part),
  )) {
    console.log(`# ${name}`);
    measurements.push(...(await run((line) => console.log(`  ${line}`))));
  }
  print(measurements);
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(measurements, null, 2)}\n`);
}
