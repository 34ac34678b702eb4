import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { pythonPrograms } from '../support/python.ts';
import { CFN_LINT } from './exceptions.ts';
import { templateFile, VARIANTS, type Variant } from './packages.ts';

const run = promisify(execFile);

/** The default region, and the one with the oldest zones and the newest resource types. */
const REGIONS = ['eu-central-1', 'us-east-1'];

/** cfn-lint prints its findings and then exits with a code other than 0. */
async function findings(program: string, file: string): Promise<Finding[]> {
  const { stdout } = await run(
    program,
    ['--format', 'json', '--include-checks', 'W', '--regions', ...REGIONS, '--', file],
    {
      maxBuffer: Number.POSITIVE_INFINITY,
    },
  ).catch((error) => error);
  return JSON.parse(stdout || '[]').map((one: any) => ({
    rule: one.Rule.Id,
    of: String(one.Location.Path?.[1] ?? ''),
    path: (one.Location.Path ?? []).join('/'),
    message: one.Message,
  }));
}

interface Finding {
  readonly rule: string;
  readonly of: string;
  readonly path: string;
  readonly message: string;
}

const isExcepted = ({ rule, of }: Finding): boolean =>
  CFN_LINT.some((exception) => exception.rule === rule && exception.of.test(of));

const programs = await pythonPrograms('cfn-lint');

describe.skipIf(programs === undefined)('cfn-lint', () => {
  const all = new Map<Variant, Finding[]>();

  beforeAll(async () => {
    for (const variant of Object.keys(VARIANTS) as Variant[])
      all.set(variant, await findings(join(programs ?? '', 'cfn-lint'), templateFile(variant)));
  });

  test.each(Object.keys(VARIANTS) as Variant[])('has no finding in the template of %s', (variant) => {
    expect(all.get(variant)?.filter((finding) => !isExcepted(finding))).toEqual([]);
  });

  test('every exception is used', () => {
    const found = [...all.values()].flat();
    const unused = CFN_LINT.filter(
      ({ rule, of }) => !found.some((one) => one.rule === rule && of.test(one.of)),
    );
    expect(unused).toEqual([]);
  });
});
