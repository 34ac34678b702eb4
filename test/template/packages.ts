import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import type { Template } from './template.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where each variant's package is. */
    packages: Readonly<Record<Variant, string>>;
  }
}

/** The deployments that the rules look at: `own` is prod on a PostgreSQL that somebody brings. */
export const VARIANTS = {
  dev: ['--stage', 'dev'],
  prod: ['--stage', 'prod'],
  own: ['--stage', 'prod', '--param', 'databaseUrl=my-secret'],
} as const;

export type Variant = keyof typeof VARIANTS;

/** Twenty-odd bundles take half a minute on two cores. */
const PACKAGE_TIMEOUT_MS = 5 * 60_000;

const run = promisify(execFile);

/** Packages every variant, without credentials: AWS, were it asked, would not answer. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'my-little-ps-template-'));
  const names = Object.keys(VARIANTS) as Variant[];
  await Promise.all(names.map((name) => pack(name, folder)));
  project.provide(
    'packages',
    Object.fromEntries(names.map((name) => [name, join(folder, name)])) as Record<Variant, string>,
  );
  return () => rm(folder, { recursive: true, force: true });
}

async function pack(variant: Variant, folder: string): Promise<void> {
  const args = ['package', ...VARIANTS[variant], '--package', join(folder, variant)];
  await run(resolve('node_modules/.bin/serverless'), args, {
    timeout: PACKAGE_TIMEOUT_MS,
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      TMPDIR: folder,
      SLS_DEPRECATION_DISABLE: '*',
      ESBUILD_FOLDER: relative('.', join(folder, `esbuild-${variant}`)),
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  });
}

export const templateFile = (variant: Variant): string =>
  join(inject('packages')[variant], 'cloudformation-template-update-stack.json');

export async function templateOf(variant: Variant): Promise<Template> {
  return JSON.parse(await readFile(templateFile(variant), 'utf8'));
}
