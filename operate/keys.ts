import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { v7 as uuidv7 } from 'uuid';
import { type KeyCommand, type KeyReply, keyReply, runKeyCommand } from '../lib/access/api-key-commands.ts';
import type { KeyRecord } from '../lib/access/api-key-store.ts';
import { lambdaName } from '../localstack/addresses.ts';
import { messageOf, runCommand } from './cli.ts';
import { type KeysOptions, keysOptions } from './keys-options.ts';
import { type Stage, withDatabase } from './target.ts';
import { tableLines } from './text-table.ts';

/** Does a command where the keys are: in a database, or through the function `keys` of a deployed stage. */
async function run({ command, target }: KeysOptions): Promise<number> {
  const reply = await ('stage' in target
    ? invoke(command, target)
    : withDatabase(target.database, 'used', (sql) => runKeyCommand(sql, command, uuidv7())));
  print(reply);
  return 0;
}

async function invoke(command: KeyCommand, { stage, region }: Stage): Promise<KeyReply> {
  const client = new LambdaClient({ region });
  try {
    const FunctionName = lambdaName('keys', stage);
    const { FunctionError, Payload } = await client
      .send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(command) }))
      .catch((error: unknown) => {
        const why = messageOf(error).replace(/\.$/, '');
        throw new Error(`The function ${FunctionName} in ${region} can't be invoked: ${why}.`, {
          cause: error,
        });
      });
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
    record.owner,
    `${record.shown}…`,
    record.state,
    time(record.lastUsedAt),
    time(record.expiresAt),
    record.limit === null ? '-' : `${record.limit}/s`,
    record.scopes.join(','),
  ]);
  const head = ['id', 'name', 'owner', 'key', 'state', 'last used', 'expires', 'limit', 'scopes'];
  for (const line of tableLines([head, ...rows], undefined, process.stdout.columns)) console.log(line);
}

/** To the second: nobody reads microseconds. */
const time = (text: string | null): string => text?.replace(/\.\d+Z$/, 'Z') ?? '-';

process.exitCode = await runCommand({ ...keysOptions(Date.now()), run }, process.argv.slice(2));
