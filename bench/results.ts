import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tableLines } from '../operate/text-table.ts';
import { chart } from './chart.ts';
import { isMet, type Measurement, readable, type Target } from './measurement.ts';

/** Where the charts go; git ignores it. */
const FOLDER = join(import.meta.dirname, 'results');

function targetText(target: Target | undefined): string {
  if (target === undefined) return '';
  const { atLeast, atMost } = target;
  if (atLeast !== undefined && atMost !== undefined) return `${readable(atLeast)} to ${readable(atMost)}`;
  return atMost !== undefined ? `≤ ${readable(atMost)}` : `≥ ${readable(atLeast ?? 0)}`;
}

function row(measurement: Measurement): string[] {
  const { name, value, unit, conditions, target, spread } = measurement;
  const met = isMet(measurement);
  const range =
    spread === undefined ? '' : `${readable(spread.least)} to ${readable(spread.most)} (${spread.samples})`;
  return [
    name,
    readable(value),
    unit,
    targetText(target),
    met === undefined ? '' : met ? 'met' : 'MISSED',
    range,
    conditions,
  ];
}

const HEADINGS = ['measured', 'value', 'unit', 'target', '', 'spread', 'conditions'];

/** Columns whose cells are right-aligned. */
const NUMBERS = new Set([1, 3]);

/** A table of all measurements, for a terminal. */
export function table(measurements: readonly Measurement[]): string {
  return tableLines([HEADINGS, ...measurements.map(row)], NUMBERS, process.stdout.columns).join('\n');
}

/** Draws a chart of a part's measurements, and returns its file. */
export async function writeChart(part: string, measurements: readonly Measurement[]): Promise<string> {
  await mkdir(FOLDER, { recursive: true });
  const file = join(FOLDER, `${part}.svg`);
  await writeFile(file, chart(part, measurements));
  return file;
}
