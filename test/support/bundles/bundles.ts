import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { TEST_CLIENT_VARIABLES } from '../aws.ts';

const execute = promisify(execFile);

/** Many times what each takes: the machine may be busy. */
const PACKAGE_LIMIT_MS = 300_000;
const CALL_LIMIT_MS = 90_000;

/**
 * What a bundle is driven by: it imports the handler from the folder it was unpacked to, and nothing else, and calls it
 * with one event after another, as a warm instance is. AWS's names mean this machine: nothing is asked of AWS.
 */
const DRIVER = `
import dns from 'node:dns';
const { file, name, events, timeoutMs, context } = JSON.parse(process.argv[2]);
const { lookup } = dns;
dns.lookup = (host, ...rest) => lookup(host.endsWith('.amazonaws.com') ? '127.0.0.1' : host, ...rest);
const { [name]: handler } = await import(file);
const outcomes = [];
for (const event of events) {
  const end = Date.now() + timeoutMs;
  const given = { ...context, getRemainingTimeInMillis: () => end - Date.now() };
  try {
    outcomes.push({ reply: (await handler(event, given)) ?? null });
  } catch (error) {
    outcomes.push({ error: String(error) });
  }
}
process.stdout.write('\\nOUTCOMES ' + JSON.stringify(outcomes) + '\\n', () => process.exit(0));
`;

const OUTCOMES = 'OUTCOMES ';

/** What came of one event: the reply, or the error that Lambda would report. */
export interface Outcome {
  readonly reply?: any;
  readonly error?: string;
}

/** A function of the template. */
export interface PackagedFunction {
  readonly name: string;
  /** Whether API Gateway calls it. */
  readonly isHttp: boolean;
  /** The path of its module below the folder, without the extension, and what of it is called. */
  readonly module: string;
  readonly exported: string;
  readonly zipBytes: number;
  readonly folder: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly timeoutMs: number;
  readonly memoryMb: number;
}

/** Packages the service as a deployment does, and unpacks each function's zip into a folder of its own. */
export async function packageService(folder: string) {
  const target = join(folder, 'package');
  const env = {
    ...process.env,
    ESBUILD_FOLDER: relative('.', join(folder, 'esbuild')),
    SLS_DEPRECATION_DISABLE: '*',
    TMPDIR: folder,
  };
  await execute(
    resolve('node_modules/.bin/serverless'),
    ['package', '--param', 'eventLog=true', '--param', 'webhooks=true', '--package', target],
    {
      env,
      timeout: PACKAGE_LIMIT_MS,
    },
  );
  await writeFile(join(folder, 'driver.mjs'), DRIVER);
  const template = await readJson(join(target, 'cloudformation-template-update-stack.json'));
  const { service } = await readJson(join(target, 'serverless-state.json'));
  const functions = new Map<string, PackagedFunction>();
  for (const name of Object.keys(service.functions)) {
    const resource = template.Resources[`${name.charAt(0).toUpperCase()}${name.slice(1)}LambdaFunction`];
    const { Handler, Timeout, MemorySize, Environment } = resource.Properties;
    const [module = '', exported = ''] = Handler.split('.');
    const zip = await readFile(join(target, `${name}.zip`));
    const unpacked = join(folder, 'functions', name);
    await unpack(zip, unpacked);
    functions.set(name, {
      ...{ name, module, exported, zipBytes: zip.length, folder: unpacked, memoryMb: MemorySize },
      isHttp: (service.functions[name].events ?? []).some((event: object) => 'httpApi' in event),
      variables: Environment.Variables,
      timeoutMs: Timeout * 1_000,
    });
  }
  return { folder, target, template, functions };
}

async function readJson(file: string): Promise<any> {
  return JSON.parse(await readFile(file, 'utf8'));
}

async function unpack(zip: Buffer, folder: string): Promise<void> {
  for (const [path, content] of Object.entries(unzipSync(zip))) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

/**
 * Calls a function with one event after another, in a bare Node, with the template's settings.
 *
 * @param settings in place of what only a stack knows, such as a queue's URL; undefined takes one away
 * @returns what came of each event, and all that it logged
 * @throws Error where the template has a setting that only a stack knows and that is not among these
 */
export async function drive(
  { name, folder, module, exported, variables, timeoutMs, memoryMb }: PackagedFunction,
  events: readonly unknown[],
  settings: Readonly<Record<string, string | undefined>>,
): Promise<{ readonly outcomes: readonly Outcome[]; readonly log: string }> {
  const env = { ...variables, ...settings };
  for (const [setting, value] of Object.entries(env)) {
    if (value !== undefined && typeof value !== 'string')
      throw new Error(`${name}: only a stack knows ${setting}`);
  }
  const functionName = `my-little-ps-dev-${name}`;
  const order = {
    ...{ file: join(folder, `${module}.cjs`), name: exported, events, timeoutMs },
    context: {
      ...{ functionName, functionVersion: '$LATEST', memoryLimitInMB: String(memoryMb) },
      invokedFunctionArn: `arn:aws:lambda:eu-central-1:123456789012:function:${functionName}`,
      awsRequestId: '7d1f0e2c-3b4a-4596-8778-695a4b3c2d1e',
      logGroupName: `/aws/lambda/${functionName}`,
      logStreamName: '2026/11/22/[$LATEST]0123456789abcdef0123456789abcdef',
      callbackWaitsForEmptyEventLoop: true,
    },
  };
  const { stdout, stderr } = await execute(
    process.execPath,
    [join(dirname(dirname(folder)), 'driver.mjs'), JSON.stringify(order)],
    {
      cwd: folder,
      timeout: CALL_LIMIT_MS,
      env: {
        ...{ PATH: '', TZ: ':UTC', AWS_LAMBDA_FUNCTION_NAME: functionName, LAMBDA_TASK_ROOT: folder },
        ...TEST_CLIENT_VARIABLES,
        ...(env as Record<string, string | undefined>),
      },
    },
  );
  const line = stdout.split('\n').find((text) => text.startsWith(OUTCOMES));
  return {
    outcomes: JSON.parse(line?.slice(OUTCOMES.length) ?? '[]'),
    log: `${stdout.replace(line ?? '', '')}\n${stderr}`,
  };
}
