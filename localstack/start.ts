import { join } from 'node:path';
import { type Command, EXIT_FAILED, messageOf, runCommand } from '../operate/cli.ts';
import { DEFAULT_BASE_PORT, parseBasePort } from './addresses.ts';
import { everyMs } from './lambda/schedules.ts';
import { startLocal } from './local.ts';
import { killChildren, PROJECT } from './processes/child.ts';
import { openScreen, summary } from './screen.ts';

const HELP = `Runs my-little-ps on this machine: PostgreSQL, the queue, the functions and their HTTP API.

  npm start [-- options]

  --port N      HTTP API on port N (default ${DEFAULT_BASE_PORT}), the other parts on the four ports after it
  --data DIR    keep data and logs in DIR (default .local); a restart goes on where it stopped
  --reset       delete the data first
  --auth        ask every request for an API key; npm run keys makes them
  --localstack  queue, event bus and files from LocalStack 4.14.0: in a container where Docker answers, otherwise from
                its Python package, which the first start installs (Python 3.12 or 3.13)
  -h, --help    this text

Settings by environment variable: WALLET_GROUPS (number of wallet groups), BALANCER_RATE, RELAY_RATE,
RECONCILE_RATE and WEBHOOK_RATE (such as "rate(5 minutes)"), LOG_LEVEL (such as DEBUG).
`;

/** The environment's variables that are schedules. */
const RATES = ['BALANCER_RATE', 'RELAY_RATE', 'RECONCILE_RATE', 'WEBHOOK_RATE'] as const;

/** How often to look whether the shell that npm started still lives. */
const PARENT_POLL_MS = 500;

interface Options {
  readonly port: number;
  readonly dataDir: string;
  readonly reset: boolean;
  readonly auth: boolean;
  readonly localstack: boolean;
}

const OPTIONS = {
  port: { type: 'string', default: String(DEFAULT_BASE_PORT) },
  data: { type: 'string', default: join(PROJECT, '.local') },
  reset: { type: 'boolean', default: false },
  auth: { type: 'boolean', default: false },
  localstack: { type: 'boolean', default: false },
} as const;

const command: Command<typeof OPTIONS, Options> = {
  script: 'npm start',
  help: HELP,
  options: OPTIONS,
  read: ({ port, data: dataDir, ...rest }) => {
    refuseRates(process.env);
    return { port: parseBasePort(port), dataDir, ...rest };
  },
  run: runUntilStopped,
};

/** Before anything starts: reading serverless.yml would refuse them too, but late and in other words. */
function refuseRates(environment: NodeJS.ProcessEnv): void {
  for (const name of RATES) {
    try {
      if (environment[name]) everyMs(environment[name]);
    } catch (error) {
      throw new Error(`${name}: ${messageOf(error)}.`, { cause: error });
    }
  }
}

/**
 * The first signal asks everything to stop, the second kills it. `kill` sent to npm ends only the shell between npm and
 * this process, so a shell that is gone counts as a signal, too.
 */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const parent = process.ppid;
  const underNpm = process.env['npm_lifecycle_event'] !== undefined;
  const watch = setInterval(() => {
    if (!underNpm || process.ppid === parent) return;
    clearInterval(watch);
    onSignal();
  }, PARENT_POLL_MS);
  const onSignal = () => {
    if (controller.signal.aborted) {
      killChildren();
      process.exit(EXIT_FAILED);
    }
    console.log('\nStopping (press Ctrl-C again to stop at once)');
    controller.abort(new Error('Stopped.'));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  return controller.signal;
}

/** Runs until a signal or a crash; resolves with the exit code. */
async function runUntilStopped(options: Options): Promise<number> {
  const signal = stopSignal();
  const stopped = new Promise<undefined>((resolve) =>
    signal.addEventListener('abort', () => resolve(undefined)),
  );
  const begun = performance.now();
  try {
    const local = await startLocal({ ...options, ...openScreen(process.stdout), signal });
    console.log(`Ready after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
    console.log(summary(local, options));
    const reason = await Promise.race([stopped, local.crashed]);
    if (reason !== undefined) console.error(`\n${reason}\n\nStopping the rest.`);
    await local.stop();
    return reason === undefined ? 0 : EXIT_FAILED;
  } catch (error) {
    if (signal.aborted) return 0;
    throw error;
  }
}

process.exit(await runCommand(command, process.argv.slice(2)));
