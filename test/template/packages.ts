import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { copyService, withoutBundles } from '../support/bundles/service.ts';
import { makeFolder, removeFolder } from '../support/temp.ts';
import type { Template } from './template.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of each variant's package. */
    packages: Readonly<Record<Variant, string>>;
  }
}

/** The pages that may call the variant prod. */
export const ORIGINS = 'https://app.example.com,http://localhost:3000';

/**
 * The deployments that the rules check; `own` is prod with an existing PostgreSQL instead of Aurora, traced, and without the
 * event log; `endpoints` is dev with the stricter egress and with reservations.
 */
export const VARIANTS = {
  dev: ['--stage', 'dev'],
  prod: [
    ...['--stage', 'prod', '--param', 'eventLog=true', '--param', 'webhooks=true'],
    ...['--param', `corsOrigins=${ORIGINS}`],
  ],
  own: [
    ...['--stage', 'prod', '--param', 'databaseUrl=my-secret', '--param', 'events=on'],
    ...['--param', 'tracing=true', '--param', 'routeMetrics=true'],
  ],
  endpoints: ['--stage', 'dev', '--param', 'egress=endpoints', '--param', 'reservations=true'],
} as const;

export type Variant = keyof typeof VARIANTS;

/** Packaging takes seconds, and far longer on two busy cores. */
const PACKAGE_TIMEOUT_MS = 5 * 60_000;

const run = promisify(execFile);

/** Packages every variant, without credentials and with AWS unreachable. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await makeFolder('template');
  const names = Object.keys(VARIANTS) as Variant[];
  await Promise.all(names.map((name) => pack(name, folder)));
  project.provide(
    'packages',
    Object.fromEntries(names.map((name) => [name, join(folder, name)])) as Record<Variant, string>,
  );
  return () => removeFolder(folder);
}

async function pack(variant: Variant, folder: string): Promise<void> {
  const service = join(folder, `service-${variant}`);
  await mkdir(service);
  await copyService(service);
  await withoutBundles(join(service, 'serverless.yml'));
  const args = ['package', ...VARIANTS[variant], '--package', join(folder, variant)];
  await run(resolve('node_modules/.bin/serverless'), args, {
    cwd: service,
    timeout: PACKAGE_TIMEOUT_MS,
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      TMPDIR: folder,
      SLS_DEPRECATION_DISABLE: '*',
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
