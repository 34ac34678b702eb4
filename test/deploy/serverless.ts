import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { TEST_CLIENT_VARIABLES } from '../support/aws.ts';
import { copyService, withoutBundles } from '../support/bundles/service.ts';
import type { Account } from './moto.ts';

const run = promisify(execFile);

/** Time limit of one run of the framework. */
const RUN_TIMEOUT_MS = 4 * 60_000;

/** Pause of the framework between two looks at a stack; moto is done at once. */
const MONITORING_PAUSE_MS = 300;

/** A stage of its own copy of the service, deployed to an emulated account. */
export interface Deployer {
  /** The copy's folder. */
  readonly service: string;
  /** Runs a command, such as `deploy`; parameters are `name=value`. Returns what it prints, or throws it if it fails. */
  run(command: string, parameters?: readonly string[]): Promise<string>;
  /** Runs a command that has to fail, and returns what it prints. */
  refusal(command: string, parameters?: readonly string[]): Promise<string>;
}

class Failed extends Error {}

/** Copies the service to a folder. Without bundles, a deployment takes a fraction of the time. */
export async function deployer(
  folder: string,
  account: Account,
  stage: string,
  bundles: 'with bundles' | 'without bundles' = 'without bundles',
): Promise<Deployer> {
  const service = join(folder, `service-${stage}`);
  await mkdir(service);
  await copyService(service);
  if (bundles === 'without bundles') await withoutBundles(join(service, 'serverless.yml'));
  const serverless = async (command: string, parameters: readonly string[] = []) => {
    const args = [command, '--stage', stage, ...parameters.flatMap((parameter) => ['--param', parameter])];
    const { stdout, stderr } = await run(resolve('node_modules/.bin/serverless'), args, {
      cwd: service,
      timeout: RUN_TIMEOUT_MS,
      maxBuffer: Number.POSITIVE_INFINITY,
      env: environment(folder, account, bundles === 'with bundles'),
    }).catch((error: { stdout?: string; stderr?: string }) => {
      throw new Failed(
        `serverless ${command} failed:\n${error.stdout}${error.stderr}\nmoto:\n${account.log()}`,
      );
    });
    return stdout + stderr;
  };
  return {
    service,
    run: serverless,
    refusal: async (command, parameters) => {
      const printed = await serverless(command, parameters).catch((error: unknown) => {
        if (error instanceof Failed) return error;
        throw error;
      });
      if (printed instanceof Failed) return printed.message;
      throw new Error(`serverless ${command} did not fail:\n${printed}`);
    },
  };
}

/** Only one stage asks for the first API key, which takes a while, since moto runs no functions. */
const environment = (folder: string, account: Account, asksForKey: boolean) => ({
  ...(asksForKey ? {} : { CI: 'true' }),
  PATH: process.env['PATH'],
  HOME: folder,
  TMPDIR: folder,
  SLS_DEPRECATION_DISABLE: '*',
  SLS_AWS_MONITORING_FREQUENCY: String(MONITORING_PAUSE_MS),
  AWS_ENDPOINT_URL: account.url,
  ...TEST_CLIENT_VARIABLES,
  NO_COLOR: '1',
});
