import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { z } from 'zod';
import { TEST_CLIENT_VARIABLES } from '../test/support/aws.ts';
import { makeFolder, removeFolder } from '../test/support/temp.ts';
import { interleave, type Measurement, summarize } from './measurement.ts';

export const name = 'bundles';

const execute = promisify(execFile);

/** Fresh processes for each bundle; the warm-ups bring it into the page cache. */
const ROUNDS = 7;
const WARM_UPS = 1;

/** Several times what each takes on a busy machine with two cores. */
const PACKAGE_TIMEOUT_MS = 240_000;
const IMPORT_TIMEOUT_MS = 30_000;

/** Largest zip and longest import of a function that a caller waits for. */
const HTTP_TARGETS = { zipMb: 1, importMs: 150 };

/**
 * Prints how long `require` takes to load the module, in milliseconds, and the processor time of it. Lambda's runtime uses
 * `require`, too.
 */
const DRIVER = `
const before = process.cpuUsage();
const startedMs = performance.now();
require(process.argv[2]);
const timeMs = performance.now() - startedMs;
const { user, system } = process.cpuUsage(before);
process.stdout.write(JSON.stringify({ timeMs, processorMs: (user + system) / 1000 }));
process.exit(0);
`;

interface Import {
  readonly timeMs: number;
  readonly processorMs: number;
}

/** Settings that point nowhere: a function that starts in Lambda reads them, and connects to nothing. */
const SETTINGS = {
  PATH: '',
  AWS_LAMBDA_FUNCTION_NAME: 'bench',
  DATABASE_URL: 'postgres://bench:bench@127.0.0.1:1/bench',
  QUEUE_URL: 'http://127.0.0.1:1/000000000000/bench.fifo',
  DEAD_LETTER_QUEUE_URL: 'http://127.0.0.1:1/000000000000/dead.fifo',
  EVENT_BUS_NAME: 'bench',
  REPORTS_BUCKET: 'bench',
  WEBHOOK_POSTS_QUEUE_URL: 'http://127.0.0.1:1/000000000000/posts',
  WEBHOOK_RESULTS_QUEUE_URL: 'http://127.0.0.1:1/000000000000/results',
  WEBHOOK_ADDRESSES: 'public',
  WALLET_GROUPS: '2',
  API_KEYS: 'required',
  ...TEST_CLIENT_VARIABLES,
};

const state = z.object({
  service: z.object({
    provider: z.object({
      environment: z.object({ NODE_OPTIONS: z.string().optional() }),
      httpApi: z.object({ authorizers: z.record(z.string(), z.object({ functionName: z.string() })) }),
    }),
    functions: z.record(
      z.string(),
      z.object({ handler: z.string(), events: z.array(z.record(z.string(), z.unknown())).default([]) }),
    ),
  }),
});

/** A module and the functions that use it. Their zips are equal. */
interface Bundle {
  readonly module: string;
  readonly functions: readonly string[];
  readonly isHttp: boolean;
  readonly zipBytes: number;
}

/** Packages every function as a deployment does, and measures its zip's size and its import. */
export async function run(log: (line: string) => void): Promise<Measurement[]> {
  const folder = await makeFolder('bench');
  try {
    log('packaging with serverless');
    const { functions, authorizers, nodeOptions } = await pack(folder);
    const byModule = Map.groupBy(Object.entries(functions), ([, { handler }]) =>
      handler.slice(0, handler.lastIndexOf('.')),
    );
    const bundles: Bundle[] = [];
    for (const [module, members] of byModule) {
      const names = members.map(([name]) => name);
      // A caller waits for the authorizer, too.
      const isHttp = members.some(
        ([name, { events }]) => authorizers.includes(name) || events.some((event) => 'httpApi' in event),
      );
      bundles.push({ module, functions: names, isHttp, zipBytes: await unpack(folder, names[0] ?? '') });
    }
    const imports = await importAll(folder, bundles, nodeOptions, log);
    return bundles.flatMap((bundle) => describe(bundle, imports.get(bundle.module) ?? [], nodeOptions));
  } finally {
    await removeFolder(folder);
  }
}

function describe(bundle: Bundle, imports: readonly Import[], nodeOptions: string): Measurement[] {
  const { module, functions, isHttp, zipBytes } = bundle;
  const which = `${module} (${functions.join(', ')})`;
  const target = (atMost: number) => (isHttp ? { target: { atMost } } : {});
  const options = nodeOptions === '' ? '' : ` with ${nodeOptions}`;
  const conditions = `${which}; a fresh Node ${process.versions.node}${options} each time, from require to its return`;
  return [
    {
      name: 'bundle, zipped',
      value: zipBytes / 1e6,
      unit: 'MB',
      conditions: which,
      ...target(HTTP_TARGETS.zipMb),
    },
    {
      name: 'bundle, import',
      ...summarize(imports.map(({ timeMs }) => timeMs)),
      unit: 'ms',
      conditions,
      ...target(HTTP_TARGETS.importMs),
    },
    {
      name: 'bundle, processor time of the import',
      ...summarize(imports.map(({ processorMs }) => processorMs)),
      unit: 'ms',
      conditions,
    },
  ];
}

async function importAll(
  folder: string,
  bundles: readonly Bundle[],
  nodeOptions: string,
  log: (line: string) => void,
): Promise<Map<string, Import[]>> {
  const driver = join(folder, 'driver.cjs');
  await writeFile(driver, DRIVER);
  const env = { ...SETTINGS, NODE_OPTIONS: nodeOptions };
  const modules = new Map(
    bundles.map(({ module, functions }) => [
      module,
      () => importOnce(driver, join(folder, functions[0] ?? '', `${module}.cjs`), env),
    ]),
  );
  log(`importing ${modules.size} modules, ${WARM_UPS + ROUNDS} times each`);
  return await interleave(modules, ROUNDS, WARM_UPS);
}

async function pack(folder: string) {
  const env = {
    ...process.env,
    ESBUILD_FOLDER: relative('.', join(folder, 'esbuild')),
    SLS_DEPRECATION_DISABLE: '*',
    TMPDIR: folder,
  };
  const target = join(folder, 'package');
  await execute(
    resolve('node_modules/.bin/serverless'),
    ['package', '--param', 'eventLog=true', '--param', 'webhooks=true', '--package', target],
    {
      env,
      timeout: PACKAGE_TIMEOUT_MS,
    },
  );
  const { service } = state.parse(JSON.parse(await readFile(join(target, 'serverless-state.json'), 'utf8')));
  return {
    functions: service.functions,
    authorizers: Object.values(service.provider.httpApi.authorizers).map(({ functionName }) => functionName),
    nodeOptions: service.provider.environment.NODE_OPTIONS ?? '',
  };
}

/** Unpacks a function's zip into a separate folder, away from node_modules; returns the zip's size in bytes. */
async function unpack(folder: string, name: string): Promise<number> {
  const zip = await readFile(join(folder, 'package', `${name}.zip`));
  for (const [path, content] of Object.entries(unzipSync(zip))) {
    const file = join(folder, name, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  return zip.length;
}

async function importOnce(driver: string, file: string, env: NodeJS.ProcessEnv): Promise<Import> {
  const { stdout } = await execute(process.execPath, [driver, file], {
    cwd: dirname(file),
    env,
    timeout: IMPORT_TIMEOUT_MS,
  });
  return JSON.parse(stdout) as Import;
}
