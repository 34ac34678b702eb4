import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { functionsOf, type Template } from './template.ts';

const run = promisify(execFile);

/** The metrics that the functions write, with the namespace and the dimensions of their log line. */
export interface OwnMetrics {
  readonly namespace: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly names: readonly string[];
}

/** Writes one metric with the functions' own recorder, and prints the line that CloudWatch would read. */
const SAMPLE = `
const { metrics, countUnit } = await import(process.argv[1]);
metrics.addMetric('Sample', countUnit, 1);
process.stdout.write(JSON.stringify(metrics.serializeMetrics()));
`;

/** The metrics that the source adds, as CloudWatch would get them under this template's settings. */
export async function ownMetrics(template: Template): Promise<OwnMetrics> {
  const [, first] = functionsOf(template)[0] ?? [];
  const variables = Object.entries(first?.Properties['Environment']?.Variables ?? {});
  const env = Object.fromEntries(variables.filter(([name]) => name.startsWith('POWERTOOLS_'))) as Record<
    string,
    string
  >;
  const { stdout } = await run(
    process.execPath,
    ['--input-type=module', '-e', SAMPLE, resolve('lib/runtime/metrics.ts')],
    {
      env: { PATH: '', ...env },
    },
  );
  const line = JSON.parse(stdout);
  const [{ Namespace: namespace, Dimensions }] = line._aws.CloudWatchMetrics;
  const dimensions = Object.fromEntries(
    (Dimensions[0] as string[]).map((name) => [name, String(line[name])]),
  );
  return { namespace, dimensions, names: await namesInSource() };
}

async function namesInSource(): Promise<string[]> {
  const folders = ['functions', 'lib'];
  const files = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(folder, { recursive: true }))
        .filter((name) => name.endsWith('.ts'))
        .map((name) => join(folder, name)),
    ),
  );
  const sources = await Promise.all(files.flat().map((file) => readFile(file, 'utf8')));
  return sources.flatMap((source) =>
    [...source.matchAll(/\.addMetric\(\s*'(\w+)'/g)].map((match) => match[1] ?? ''),
  );
}
