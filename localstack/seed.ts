import { MyLittlePs } from '../client/src/index.ts';
import { parseRate } from '../lib/ledger/rate.ts';
import { type Command, EXIT_FAILED, runCommand, wholeNumber } from '../operate/cli.ts';
import { DEFAULT_BASE_PORT } from './addresses.ts';
import { explained } from './demo-client.ts';
import { addsUp, readSums } from './seed/balances.ts';
import { MIN_WALLETS } from './seed/cast.ts';
import { openWallets, type Performed, perform } from './seed/perform.ts';
import { MONEY } from './seed/places.ts';
import { duration, grouped, openProgress } from './seed/progress.ts';
import { madeLines, sumLines } from './seed/report.ts';
import { storyOf } from './seed/story.ts';
import { readSystem } from './which-system.ts';

/** Each operation may end as several rows; more than that belongs into a benchmark. */
const MAX_OPERATIONS = 10_000_000;

/** Everybody in the story is kept in memory. */
const MAX_WALLETS = 100_000;

/** What a shell says of a program that Ctrl-C ended: 128 and the number of SIGINT. */
const EXIT_STOPPED = 130;

const HELP = `Fills a running my-little-ps with a story: customers in several countries get salaries and buy from shops, few of
them often and most of them seldom; some purchases are refunded, some amounts are held, and captured or released. At the end
it says what it made, and checks that the wallets hold what was sent in.

  npm run seed [-- options]

  --wallets N     how many wallets to open, ${MIN_WALLETS} to ${MAX_WALLETS} (default 1000)
  --operations N  how many requests for money to move, up to ${MAX_OPERATIONS} (default 100000)
  --seed N        the same number gives the same story (default 1); it is told anew each time, in new wallets
  --port N        the port that npm start was given (default ${DEFAULT_BASE_PORT})
  --url URL       another system instead, such as https://x.execute-api.eu-central-1.amazonaws.com; its rates stay, and only
                  missing ones are set
  --key KEY       an API key with the scope admin, where the system needs one
  -h, --help      this text

Ctrl-C ends it after the requests that are under way. What they moved stays.
`;

interface Options {
  readonly url: string;
  readonly key: string | undefined;
  readonly wallets: number;
  readonly operations: number;
  readonly seed: number;
}

async function seed({ url, key, ...told }: Options): Promise<number> {
  const ps = new MyLittlePs({ url, apiKey: key });
  const signal = stopSignal();
  const story = storyOf({ ...told, rates: await readRates(ps) });
  const performed: Performed = { counts: new Map(), sentIn: new Map(), abroad: [] };
  const opening = openProgress(process.stdout, { total: told.wallets, unit: 'wallets' });
  const walletIds = await openWallets({ ps, signal, progress: opening }, story);
  const startedMs = performance.now();
  const moving = openProgress(process.stdout, { total: told.operations, unit: 'operations' });
  if (!signal.aborted) await perform({ ps, signal, progress: moving }, story, walletIds, performed);
  if (signal.aborted) return stopped(opening.done(), moving.done());
  console.log('Waiting until all of them are settled, and adding up …');
  const sums = await readSums(ps, walletIds, performed, signal).catch((error: unknown) => {
    if (signal.aborted) return undefined;
    throw error;
  });
  if (sums === undefined) return stopped(opening.done(), moving.done());
  console.log(madeLines(story, performed).join('\n'));
  console.log(`Settled ${duration(performance.now() - startedMs)} after the first one was sent.\n`);
  console.log(sumLines(sums).join('\n'));
  return sums.every(addsUp) ? 0 : EXIT_FAILED;
}

function stopped(wallets: number, operations: number): number {
  console.log(
    `\nStopped: ${grouped(wallets)} wallets were opened and ${grouped(operations)} operations accepted, which the system settles.`,
  );
  return EXIT_STOPPED;
}

/** The first Ctrl-C asks to stop; the second ends the program as it usually does. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => {
    console.log('\nStopping after the requests under way (press Ctrl-C again to stop at once)');
    controller.abort(new Error('Stopped.'));
  });
  return controller.signal;
}

/** USD per unit of every currency of the story, as integers of 10⁻¹²; those that the system does not have are set. */
async function readRates(ps: MyLittlePs): Promise<ReadonlyMap<string, bigint>> {
  const known = new Map((await ps.currencies.list()).map(({ Name, Rate }) => [Name, Rate]));
  const missing = Object.entries(MONEY).filter(([name]) => !known.has(name));
  const added = Object.fromEntries(missing.map(([name, { rate }]) => [name, rate]));
  if (missing.length > 0) await ps.currencies.update(added);
  return new Map(
    Object.keys(MONEY).map((name) => [name, parseRate(known.get(name) ?? added[name] ?? '') ?? 1n]),
  );
}

const OPTIONS = {
  wallets: { type: 'string', default: '1000' },
  operations: { type: 'string', default: '100000' },
  seed: { type: 'string', default: '1' },
  port: { type: 'string' },
  url: { type: 'string' },
  key: { type: 'string' },
} as const;

const command: Command<typeof OPTIONS, Options> = {
  script: 'npm run seed',
  help: HELP,
  options: OPTIONS,
  read: ({ wallets, operations, seed: number, key, ...address }) => ({
    url: readSystem(address).http,
    key,
    wallets: between('wallets', wallets, MIN_WALLETS, MAX_WALLETS),
    operations: between('operations', operations, 1, MAX_OPERATIONS),
    seed: wholeNumber('seed', number),
  }),
  run: async (options) =>
    await seed(options).catch((error: unknown) => {
      throw explained(options, error);
    }),
};

/** @throws Error with a sentence */
function between(name: string, text: string, min: number, max: number): number {
  const number = wholeNumber(name, text);
  if (number >= min && number <= max) return number;
  throw new Error(`--${name} takes a number from ${min} to ${max}, not ${text}.`);
}

process.exitCode = await runCommand(command, process.argv.slice(2));
