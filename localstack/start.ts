import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { type Local, startLocal } from './local.ts';
import { DEFAULT_BASE_PORT, parseBasePort } from './ports.ts';
import { killChildren, PROJECT } from './processes/child.ts';

const HELP = `Runs my-little-ps on this machine: PostgreSQL, the queue, the functions and their HTTP API.

  npm start [-- options]

  --port N      HTTP API on port N (default ${DEFAULT_BASE_PORT}), the other parts on the four ports after it
  --data DIR    keep data and logs in DIR (default .local); a restart goes on where it stopped
  --reset       delete the data first
  --auth        ask every request for an API key; npm run keys makes them
  --localstack  queue, event bus and files from LocalStack 4.14.0: in a container where Docker answers, otherwise from
                its Python package, which the first start installs (Python 3.12 or 3.13)
  --help        this text

Settings by environment variable: WALLET_GROUPS (number of wallet groups), BALANCER_RATE, RELAY_RATE and
RECONCILE_RATE (such as "rate(5 minutes)"), LOG_LEVEL (such as DEBUG).
`;

/** How often to look whether the shell that npm started still lives. */
const PARENT_POLL_MS = 500;

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

interface Options {
  readonly port: number;
  readonly dataDir: string;
  readonly reset: boolean;
  readonly auth: boolean;
  readonly localstack: boolean;
}

/** Reads the command line; a string in reply is what to print, with its exit code. */
function readOptions(args: string[]): Options | { print: string; exitCode: number } {
  try {
    const { values } = parseArgs({
      args,
      options: {
        port: { type: 'string', default: String(DEFAULT_BASE_PORT) },
        data: { type: 'string', default: join(PROJECT, '.local') },
        reset: { type: 'boolean', default: false },
        auth: { type: 'boolean', default: false },
        localstack: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return { print: HELP, exitCode: 0 };
    const port = parseBasePort(values.port);
    if (typeof port === 'string') return { print: port, exitCode: EXIT_USAGE };
    const { data: dataDir, reset, auth, localstack } = values;
    return { port, dataDir, reset, auth, localstack };
  } catch (error) {
    return { print: `${messageOf(error)}\nnpm start -- --help lists the options.`, exitCode: EXIT_USAGE };
  }
}

function summary(local: Local, options: Options): string {
  const { urls } = local;
  const port = options.port === DEFAULT_BASE_PORT ? '' : ` --port ${options.port}`;
  const demo = `npm run demo${options.auth || port !== '' ? ' --' : ''}${options.auth ? ' --key KEY' : ''}${port}`;
  const keys = options.auth ? `\n  npm run keys -- create --name me --scopes admin${port}` : '';
  return `
my-little-ps is running.

  HTTP API       ${urls.http}
  PostgreSQL     ${urls.database}
  Queue          ${urls.queue}
  Dead letters   ${urls.deadLetterQueue}
  Event bus      ${urls.eventBus}
  Functions      ${urls.lambda} (Lambda's Invoke API)
  Their log      ${relative('.', local.logFile)}

Try next, in another terminal:
${keys}
  curl ${urls.http}/health
  ${demo}

and then the README. Ctrl-C stops everything; the data stays for the next start.
`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
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
async function main(args: string[]): Promise<number> {
  const options = readOptions(args);
  if ('print' in options) {
    (options.exitCode === 0 ? console.log : console.error)(options.print);
    return options.exitCode;
  }
  const signal = stopSignal();
  const stopped = new Promise<undefined>((resolve) =>
    signal.addEventListener('abort', () => resolve(undefined)),
  );
  const begun = performance.now();
  try {
    const local = await startLocal({ ...options, log: (line) => console.log(line), signal });
    console.log(`Ready after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
    console.log(summary(local, options));
    const reason = await Promise.race([stopped, local.crashed]);
    if (reason !== undefined) console.error(`\n${reason}\n\nStopping the rest.`);
    await local.stop();
    return reason === undefined ? 0 : EXIT_FAILED;
  } catch (error) {
    if (signal.aborted) return 0;
    console.error(messageOf(error));
    return EXIT_FAILED;
  }
}

process.exit(await main(process.argv.slice(2)));
