import { randomUUID } from 'node:crypto';
import { type DeadLetter, type DeadLetterQueue, sqsDeadLetters } from '../lib/messaging/dead-letters.ts';
import { sqs } from '../lib/messaging/wake-ups.ts';
import { openDatabase } from '../lib/postgres/database.ts';
import { isUnreachable } from '../lib/postgres/errors.ts';
import { peekDeadLetters, redrive } from '../lib/settle/redrive.ts';
import { DEFAULT_BASE_PORT, REGION } from '../localstack/addresses.ts';
import { type Command, messageOf, runCommand } from './cli.ts';
import { databaseError, PORT, readSystem, type System } from './target.ts';
import { tableLines } from './text-table.ts';

/** Messages looked at unless told otherwise: a screen to read, and what a run sends back in less than a minute. */
const SHOWN = 20;
const SENT = 1_000;

const HELP = `Shows the dead-letter queue, and sends its messages back to the operations queue.

  npm run redrive [-- options]

  --send      send them back; without it they are only shown
  --max N     look at N messages at most (default ${SHOWN}; with --send ${SENT})
  --port N    the port that npm start was given (default ${DEFAULT_BASE_PORT})
  -h, --help  this text

Instead of --port, QUEUE_URL, DEAD_LETTER_QUEUE_URL and DATABASE_URL name another system, such as one on AWS, where they
are set; the AWS SDK's own variables say with which rights.
`;

/** As much of a foreign message as fits a line. */
const BODY_CHARACTERS = 60;

/** Why the queue itself moves a message. */
const RECEIVED_TOO_OFTEN = 'received too often';

interface Options {
  readonly isSending: boolean;
  readonly max: number;
  readonly system: System;
}

const OPTIONS = {
  send: { type: 'boolean', default: false },
  max: { type: 'string' },
  ...PORT,
} as const;

const command: Command<typeof OPTIONS, Options> = {
  script: 'npm run redrive',
  help: HELP,
  options: OPTIONS,
  read: ({ send: isSending, max: text, port }) => {
    const max = text ?? String(isSending ? SENT : SHOWN);
    if (!/^[1-9]\d{0,5}$/.test(max)) throw new Error(`--max takes a number from 1 to 999999, not "${max}".`);
    return { isSending, max: Number(max), system: readSystem({ port }) };
  },
  run: async ({ isSending, max, system }) => {
    if (system.queueEndpoint === undefined) followUrl(system.queueUrl);
    else pointSdkAt(system.queueEndpoint);
    const queue = sqsDeadLetters(system.deadLetterQueueUrl);
    const count = await countOf(queue, system.deadLetterQueueUrl);
    await (isSending ? send(queue, max, system) : show(queue, max, count));
    return 0;
  },
};

/** The queue that the URL names, and not one of the same name in the region that the shell is set up for. */
function followUrl(queueUrl: string): void {
  const { origin, hostname } = new URL(queueUrl);
  const region = /^sqs\.([\w-]+)\.(amazonaws\.com(\.cn)?|api\.aws)$/.exec(hostname)?.[1];
  Object.assign(process.env, { AWS_ENDPOINT_URL_SQS: origin, ...(region && { AWS_REGION: region }) });
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

/** Tells at once of a queue that does not answer. */
async function countOf(queue: DeadLetterQueue, url: string): Promise<number> {
  try {
    return await queue.count();
  } catch (error) {
    const why = messageOf(error).replace(/\.$/, '');
    throw new Error(
      isUnreachable(error)
        ? `The queue at ${url} does not answer (${why}). A local one is started by npm start.`
        : `The queue at ${url} can't be read: ${why}.`,
      { cause: error },
    );
  }
}

async function show(queue: DeadLetterQueue, max: number, count: number): Promise<void> {
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

async function send(queue: DeadLetterQueue, max: number, { queueUrl, database }: System): Promise<void> {
  const sql = openDatabase(database);
  try {
    // Before anything is taken out of sight.
    await sql`SELECT 1`.catch((error: unknown) => Promise.reject(databaseError(error, database, 'used')));
    const { sent, left } = await redrive({ sql, queue: sqs(queueUrl), deadLetters: queue }, max, randomUUID);
    printLetters(sent);
    console.log(
      `${sent.length > 0 ? '\n' : ''}${sent.length} sent back. ${await queue.count()} dead letters are left.`,
    );
    if (left.length === 0) return;
    console.log('These stay, and hold up what is behind them in their groups:\n');
    printLetters(left);
  } finally {
    await sql.end({ timeout: 1 }).catch(() => {});
  }
}

function printLetters(letters: readonly DeadLetter[]): void {
  if (letters.length === 0) return;
  const rows = letters.map(({ wakeUp, group, receiveCount, sentAt, body, reason }) => [
    wakeUp?.walletId.toString() ?? '-',
    group,
    String(receiveCount),
    sentAt.toISOString(),
    wakeUp?.correlationId ?? `no wake-up: ${JSON.stringify(body.slice(0, BODY_CHARACTERS))}`,
    reason ?? RECEIVED_TOO_OFTEN,
  ]);
  const lines = [['wallet', 'group', 'receives', 'sent', 'correlation id', 'why'], ...rows];
  for (const line of tableLines(lines, undefined, process.stdout.columns)) console.log(line);
}

process.exit(await runCommand(command, process.argv.slice(2)));
