import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { v7 as uuidv7 } from 'uuid';
import { type KeyCommand, type KeyReply, keyReply, runKeyCommand } from '../lib/access/api-key-commands.ts';
import type { KeyRecord } from '../lib/access/api-key-store.ts';
import { openDatabase } from '../lib/postgres/database.ts';
import { isUnreachable } from '../lib/postgres/errors.ts';
import { serverOf } from '../lib/postgres/server.ts';
import { HELP, readOptions, type Stage, type Target, UsageError } from './keys-options.ts';
import { tableLines } from './text-table.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** Does a command where the keys are: in a database, or through the function `keys` of a deployed stage. */
async function run(command: KeyCommand, target: Target): Promise<KeyReply> {
  if ('stage' in target) return await invoke(command, target);
  const sql = openDatabase(target.database);
  try {
    return await runKeyCommand(sql, command, uuidv7());
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    const { host, port, database } = serverOf(target.database);
    const why = `The database at ${host}:${port}/${database} does not answer (${messageOf(error).replace(/\.$/, '')}).`;
    throw new Error(`${why} A local one is started by npm start.`);
  } finally {
    await sql.end({ timeout: 1 }).catch(() => {});
  }
}

async function invoke(command: KeyCommand, { stage, region }: Stage): Promise<KeyReply> {
  const client = new LambdaClient({ region });
  try {
    const FunctionName = `my-little-ps-${stage}-keys`;
    const { FunctionError, Payload } = await client.send(
      new InvokeCommand({ FunctionName, Payload: JSON.stringify(command) }),
    );
    const text = Payload?.transformToString() ?? '';
    if (FunctionError !== undefined) throw new Error(`${FunctionName} failed: ${text}`);
    return keyReply.parse(JSON.parse(text));
  } finally {
    client.destroy();
  }
}

function print(reply: KeyReply): void {
  if ('refused' in reply) throw new Error(`Nothing was done: ${reply.refused}.`);
  if ('records' in reply) {
    printRecords(reply.records);
  } else if ('key' in reply) {
    const { record } = reply;
    console.log(`${reply.key}\n`);
    console.log(
      `This is the key of "${record.name}" (id ${record.id}). It is not shown again: only its hash is kept.`,
    );
    console.log('Send it with each request: Authorization: Bearer <key>');
  } else {
    const { id, name, revokedAt } = reply.record;
    console.log(`The key of "${name}" (id ${id}) is revoked since ${revokedAt}.`);
    console.log('On AWS the gateway may let it in for 60 s more.');
  }
}

function printRecords(records: readonly KeyRecord[]): void {
  if (records.length === 0) {
    console.log('There are no keys. To make one: npm run keys -- create --name me --scopes admin');
    return;
  }
  const rows = records.map((record) => [
    record.id,
    record.name,
    `${record.shown}…`,
    record.state,
    time(record.lastUsedAt),
    time(record.expiresAt),
    record.limit === null ? '-' : `${record.limit}/s`,
    record.scopes.join(','),
  ]);
  const head = ['id', 'name', 'key', 'state', 'last used', 'expires', 'limit', 'scopes'];
  for (const line of tableLines([head, ...rows])) console.log(line);
}

/** To the second: nobody reads microseconds. */
const time = (text: string | null): string => text?.replace(/\.\d+Z$/, 'Z') ?? '-';

function messageOf(error: unknown): string {
  // A connection that is refused on every address has its reasons inside.
  if (error instanceof AggregateError) return error.errors.map(messageOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}

async function main(args: string[]): Promise<number> {
  try {
    const options = readOptions(args, Date.now());
    if (options === undefined) {
      console.log(HELP);
      return 0;
    }
    print(await run(options.command, options.target));
    return 0;
  } catch (error) {
    console.error(messageOf(error));
    return error instanceof UsageError ? EXIT_USAGE : EXIT_FAILED;
  }
}

process.exitCode = await main(process.argv.slice(2));
