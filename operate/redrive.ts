import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type DeadLetter, type DeadLetterQueue, sqsDeadLetters } from '../lib/messaging/dead-letters.ts';
import { sqs } from '../lib/messaging/wake-ups.ts';
import { openDatabase } from '../lib/postgres/database.ts';
import { peekDeadLetters, redrive } from '../lib/settle/redrive.ts';
import { queueUrlAt, REGION } from '../localstack/embedded/fauxqs.ts';
import { postgresUrl } from '../localstack/embedded/postgres.ts';
import { DEFAULT_BASE_PORT, LOOPBACK, parseBasePort, portsFrom } from '../localstack/ports.ts';
import deadLetters from '../localstack/queues/dead-letters.json' with { type: 'json' };
import operations from '../localstack/queues/operations.json' with { type: 'json' };
import { tableLines } from './text-table.ts';

/** Messages looked at unless told otherwise: a screen to read, and what a run sends back in less than a minute. */
const SHOWN = 20;
const SENT = 1_000;

const HELP = `Shows the dead-letter queue, and sends its messages back to the operations queue.

  npm run redrive [-- options]

  --send     send them back; without it they are only shown
  --max N    look at N messages at most (default ${SHOWN}; with --send ${SENT})
  --port N   the port that npm start was given (default ${DEFAULT_BASE_PORT})
  --help     this text

Without --port, QUEUE_URL, DEAD_LETTER_QUEUE_URL and DATABASE_URL name another system, such as one on AWS, where they
are set; the AWS SDK's own variables say with which rights.
`;

const ADDRESSES = ['QUEUE_URL', 'DEAD_LETTER_QUEUE_URL', 'DATABASE_URL'] as const;
type Addresses = Readonly<Record<(typeof ADDRESSES)[number], string>>;

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** As much of a foreign message as fits a line. */
const BODY_CHARACTERS = 60;

interface Options {
  readonly send: boolean;
  readonly max: number;
  /** Of a local system; undefined where the environment may name another. */
  readonly port: number | undefined;
}

class UsageError extends Error {}

function readOptions(args: string[]): Options | undefined {
  try {
    const { values } = parseArgs({
      args,
      options: {
        send: { type: 'boolean', default: false },
        max: { type: 'string' },
        port: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return undefined;
    const port = values.port === undefined ? undefined : parseBasePort(values.port);
    if (typeof port === 'string') throw new Error(port);
    const max = values.max ?? String(values.send ? SENT : SHOWN);
    if (!/^[1-9]\d{0,5}$/.test(max)) throw new Error(`--max takes a number from 1 to 999999, not "${max}".`);
    return { send: values.send, max: Number(max), port };
  } catch (error) {
    throw new UsageError(`${messageOf(error)}\nnpm run redrive -- --help lists the options.`);
  }
}

/** All three from the environment, or none: half of one system and half of another would send letters astray. */
function addresses(port: number | undefined): Addresses {
  if (port !== undefined) return localAddresses(port);
  const given = ADDRESSES.filter((name) => (process.env[name] ?? '') !== '');
  if (given.length > 0) {
    const missing = ADDRESSES.filter((name) => !given.includes(name));
    if (missing.length > 0)
      throw new UsageError(`With ${given.join(' and ')}, set ${missing.join(' and ')}, too.`);
    return Object.fromEntries(ADDRESSES.map((name) => [name, process.env[name]])) as Addresses;
  }
  return localAddresses(DEFAULT_BASE_PORT);
}

function localAddresses(port: number): Addresses {
  const ports = portsFrom(port);
  const endpoint = `http://${LOOPBACK}:${ports.queue}`;
  pointSdkAt(endpoint);
  return {
    QUEUE_URL: queueUrlAt(endpoint, operations.QueueName),
    DEAD_LETTER_QUEUE_URL: queueUrlAt(endpoint, deadLetters.QueueName),
    DATABASE_URL: postgresUrl(ports.postgres),
  };
}

/** The local queue, whatever AWS account the shell is set up for. */
function pointSdkAt(endpoint: string): void {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_SQS: endpoint,
  });
}

async function show(queue: DeadLetterQueue, max: number): Promise<void> {
  const count = await queue.count();
  const letters = await peekDeadLetters(queue, max);
  if (letters.length === 0) {
    console.log(
      count === 0 ? 'No dead letters.' : `${count} dead letters, all out of sight for half a minute.`,
    );
    return;
  }
  printLetters(letters);
  console.log(`\n${letters.length} of ${Math.max(count, letters.length)} dead letters.`);
  if (count > letters.length && letters.length < max)
    console.log('A FIFO queue shows the others of a group once those before them are gone.');
  console.log('To send them back: npm run redrive -- --send');
}

async function send(
  queue: DeadLetterQueue,
  max: number,
  { QUEUE_URL, DATABASE_URL }: Addresses,
): Promise<void> {
  const sql = openDatabase(DATABASE_URL);
  try {
    const { sent, left } = await redrive({ sql, queue: sqs(QUEUE_URL), deadLetters: queue }, max, randomUUID);
    printLetters(sent);
    console.log(
      `${sent.length > 0 ? '\n' : ''}${sent.length} sent back. ${await queue.count()} dead letters are left.`,
    );
    if (left.length === 0) return;
    console.log('These stay, and hold up what is behind them in their groups:\n');
    printLetters(left);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

function printLetters(letters: readonly DeadLetter[]): void {
  if (letters.length === 0) return;
  const rows = letters.map(({ wakeUp, group, receiveCount, sentAt, body }) => [
    wakeUp?.walletId.toString() ?? '-',
    group,
    String(receiveCount),
    sentAt.toISOString(),
    wakeUp?.correlationId ?? `no wake-up: ${JSON.stringify(body.slice(0, BODY_CHARACTERS))}`,
  ]);
  const lines = [['wallet', 'group', 'receives', 'sent', 'correlation id'], ...rows];
  for (const line of tableLines(lines)) console.log(line);
}

function messageOf(error: unknown): string {
  // A connection that is refused on every address has its reasons inside.
  if (error instanceof AggregateError) return error.errors.map(messageOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}

async function main(args: string[]): Promise<number> {
  try {
    const options = readOptions(args);
    if (options === undefined) {
      console.log(HELP);
      return 0;
    }
    const found = addresses(options.port);
    const queue = sqsDeadLetters(found.DEAD_LETTER_QUEUE_URL);
    await (options.send ? send(queue, options.max, found) : show(queue, options.max));
    return 0;
  } catch (error) {
    console.error(messageOf(error));
    if (/ECONNREFUSED/.test(messageOf(error)))
      console.error('Is the system running? npm start runs it here.');
    return error instanceof UsageError ? EXIT_USAGE : EXIT_FAILED;
  }
}

process.exit(await main(process.argv.slice(2)));
