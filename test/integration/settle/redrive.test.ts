import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { PurgeQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createProcessor } from '../../../functions/processor.ts';
import { sqsGraveyard } from '../../../lib/messaging/bury.ts';
import { type DeadLetterQueue, sqsDeadLetters } from '../../../lib/messaging/dead-letters.ts';
import { sqs, type WakeUp, type WakeUpQueue } from '../../../lib/messaging/wake-ups.ts';
import { observed } from '../../../lib/runtime/observed.ts';
import { peekDeadLetters, redrive } from '../../../lib/settle/redrive.ts';
import type { LocalQueue as Emulator } from '../../../localstack/embedded/fauxqs.ts';
import { startEventSourceMapping } from '../../../localstack/lambda/event-source-mapping.ts';
import { PATIENCE } from '../../support/constants.ts';
import { startEmulator } from '../../support/emulator.ts';
import { testDatabase } from '../../support/system/database.ts';
import { testSystem } from '../../support/system/system.ts';
import { makeFolder, removeFolder } from '../../support/temp.ts';

// The metrics are made, with these settings, when they are first imported.
vi.hoisted(() => {
  process.env['POWERTOOLS_METRICS_DISABLED'] = 'false';
});

/** Receives after which the processor gives up a wallet that fails by itself. */
const MAX_RECEIVES = 5;

describe('the dead-letter queue', async () => {
  const database = await testDatabase();
  const { sql } = database;
  const system = testSystem(sql);
  await system.setRates();
  let folder: string;
  let emulator: Emulator;
  let client: SQSClient;
  let queue: WakeUpQueue;
  let deadLetters: DeadLetterQueue;

  beforeAll(async () => {
    folder = await makeFolder('redrive');
    emulator = await startEmulator({ dataDir: folder });
    process.env['AWS_ENDPOINT_URL_SQS'] = emulator.endpoint;
    client = new SQSClient({ useQueueUrlAsEndpoint: false });
    queue = sqs(emulator.queueUrl);
    deadLetters = sqsDeadLetters(emulator.deadLetterQueueUrl);
  });
  afterEach(async () => {
    await client.send(new PurgeQueueCommand({ QueueUrl: emulator.deadLetterQueueUrl }));
  });
  afterAll(async () => {
    client.destroy();
    await emulator.stop();
    await removeFolder(folder);
  });

  const command = async (...args: string[]) => {
    const env = {
      ...process.env,
      QUEUE_URL: emulator.queueUrl,
      DEAD_LETTER_QUEUE_URL: emulator.deadLetterQueueUrl,
      DATABASE_URL: database.url,
    };
    const run = promisify(execFile)(process.execPath, ['operate/redrive.ts', ...args], { env });
    return (await run).stdout;
  };
  const bury = async (group: string, body: string) => {
    await client.send(
      new SendMessageCommand({
        QueueUrl: emulator.deadLetterQueueUrl,
        MessageBody: body,
        MessageGroupId: group,
        MessageDeduplicationId: randomUUID(),
      }),
    );
  };
  const wakeUpOf = (walletId: bigint | number) =>
    JSON.stringify({ walletId: String(walletId), correlationId: 'order-17' });

  test('gets the message of a wallet whose work throws each time, and gives it back; its group goes on', async () => {
    const [poison, second, third] = [
      await system.wallet('USD'),
      await system.wallet('USD'),
      await system.wallet('EUR'),
    ];
    await sql`UPDATE wallets SET wallet_group = 1`;
    await sql.unsafe(`ALTER TABLE wallets ADD CONSTRAINT poison CHECK (id <> ${poison} OR balance = 0)`);
    for (const wallet of [poison, second, third]) await system.receive(wallet, 1_000_000n, 'USD');
    const sent: WakeUp[] = system.queue.sent.splice(0).map((wakeUp) => ({ ...wakeUp, group: 1 }));

    const output = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const delivered: string[] = [];
    const graveyard = sqsGraveyard(emulator.deadLetterQueueUrl);
    const processor = observed('processor', createProcessor)({ ...system, queue, graveyard });
    const mapping = startEventSourceMapping({
      client,
      queueUrl: emulator.queueUrl,
      log: () => {},
      invoke: async (event) => {
        const { Records } = event as SQSEvent;
        for (const { body, attributes } of Records) {
          delivered.push(
            `${(JSON.parse(body) as { walletId: string }).walletId} in ${attributes.MessageGroupId}`,
          );
        }
        return await processor(event, { awsRequestId: 'batch', getRemainingTimeInMillis: () => 30_000 });
      },
    });
    try {
      await queue.wake(sent);
      await vi.waitFor(async () => expect(await deadLetters.count()).toBe(1), PATIENCE);
      await vi.waitFor(async () => {
        expect([await system.balance(second), await system.balance(third)]).toEqual([1_000_000n, 914_236n]);
      }, PATIENCE);
      expect(await system.balance(poison)).toBe(0n);
      expect(delivered.filter((line) => line === `${poison} in 1`)).toHaveLength(MAX_RECEIVES);
      // The last time it does not come again.
      expect(messagesFailed(output.mock.calls)).toBe(MAX_RECEIVES - 1);

      const shown = await command();
      expect(shown).toMatch(
        new RegExp(
          `^${poison} +1 +\\d+ +20\\d\\d-\\S+Z +${sent[0]?.correlationId} +its wallet failed by itself each time$`,
          'm',
        ),
      );
      expect(shown).toContain('1 of 1 dead letters.');
      expect(await deadLetters.count()).toBe(1);

      await sql`ALTER TABLE wallets DROP CONSTRAINT poison`;
      await sql`UPDATE wallets SET wallet_group = 2 WHERE id = ${poison}`;
      expect(await command('--send')).toContain('1 sent back. 0 dead letters are left.');
      await vi.waitFor(async () => expect(await system.balance(poison)).toBe(1_000_000n), PATIENCE);
      expect(delivered.at(-1)).toBe(`${poison} in 2`);
      expect(await command()).toBe('No dead letters.\n');
    } finally {
      output.mockRestore();
      await mapping.stop();
    }
  });

  test('shows and keeps what is no wake-up, and a wake-up for a wallet that there is not', async () => {
    const wallet = await system.wallet('USD');
    await bury('a', 'hello');
    await bury('8', wakeUpOf(999_999));
    await bury('9', wakeUpOf(wallet));
    const { sent, left } = await redrive({ sql, queue: system.queue, deadLetters }, 100, randomUUID);
    expect(sent.map(({ wakeUp }) => wakeUp?.walletId)).toEqual([wallet]);
    const group = (
      await sql<{ group: number }[]>`SELECT wallet_group AS group FROM wallets WHERE id = ${wallet}`
    )[0];
    expect(system.queue.sent.splice(0)).toMatchObject([
      {
        walletId: wallet,
        group: group?.group,
        correlationId: 'order-17',
        deduplicationId: expect.stringMatching(/^redrive-/),
      },
    ]);
    expect(left.map(({ body }) => body).toSorted()).toEqual(['hello', wakeUpOf(999_999)]);
    expect(await command('--send')).toContain('0 sent back. 2 dead letters are left.');
    const shown = await command();
    expect(shown).toMatch(/^- +a +\d+ +\S+ +no wake-up: "hello" +received too often$/m);
    expect(shown).toContain('2 of 2 dead letters.');
  });

  test('gets an unreadable message at once, with the reason, and its group goes on', async () => {
    const wallet = await system.wallet('USD');
    await system.receive(wallet, 3n, 'USD');
    const [wakeUp] = system.queue.sent.splice(0);
    const graveyard = sqsGraveyard(emulator.deadLetterQueueUrl);
    const processor = createProcessor({ sql, queue, bus: system.bus, graveyard, layout: system.layout });
    let receives = 0;
    const mapping = startEventSourceMapping({
      client,
      queueUrl: emulator.queueUrl,
      log: () => {},
      invoke: async (event) => {
        receives += (event as SQSEvent).Records.filter(({ body }) => body === 'hello').length;
        return await processor(event, { getRemainingTimeInMillis: () => 30_000 });
      },
    });
    try {
      await client.send(
        new SendMessageCommand({
          QueueUrl: emulator.queueUrl,
          MessageBody: 'hello',
          MessageGroupId: String(wakeUp?.group),
          MessageDeduplicationId: randomUUID(),
        }),
      );
      await queue.wake([wakeUp as WakeUp]);
      await vi.waitFor(async () => expect(await system.balance(wallet)).toBe(3n), PATIENCE);
      await vi.waitFor(async () => expect(await deadLetters.count()).toBe(1), PATIENCE);
      expect(receives).toBe(1);
      expect(await peekDeadLetters(deadLetters, 10)).toMatchObject([
        { body: 'hello', group: String(wakeUp?.group), reason: 'the body is no JSON', wakeUp: undefined },
      ]);
      const { left } = await redrive({ sql, queue: system.queue, deadLetters }, 100, randomUUID);
      expect(left).toHaveLength(1);
      expect(await command()).toMatch(/no wake-up: "hello" +the body is no JSON$/m);
    } finally {
      await mapping.stop();
    }
  });

  test('keeps what the operations queue did not take, and shows it', async () => {
    const wallet = await system.wallet('USD');
    await bury('1', wakeUpOf(wallet));
    system.queue.isDown = true;
    await expect(redrive({ sql, queue: system.queue, deadLetters }, 100, randomUUID)).rejects.toThrow(
      'does not answer',
    );
    system.queue.isDown = false;
    expect(await peekDeadLetters(deadLetters, 10)).toMatchObject([{ wakeUp: { walletId: wallet } }]);
  });

  test('handles no more messages at once than asked for', async () => {
    const wallet = await system.wallet('USD');
    for (let group = 1; group <= 25; group++) await bury(String(group), wakeUpOf(wallet));
    expect(await peekDeadLetters(deadLetters, 12)).toHaveLength(12);
    const { sent } = await redrive({ sql, queue: system.queue, deadLetters }, 12, randomUUID);
    expect(sent).toHaveLength(12);
    expect(new Set(system.queue.sent.map(({ deduplicationId }) => deduplicationId)).size).toBe(12);
    expect(await deadLetters.count()).toBe(13);
    await redrive({ sql, queue: system.queue, deadLetters }, 100, randomUUID);
    expect(system.queue.sent.splice(0)).toHaveLength(25);
  });

  test('goes to the queue that the URL names, wherever the shell would send requests', async () => {
    const { AWS_ENDPOINT_URL_SQS: _endpoint, ...env } = process.env;
    const run = promisify(execFile)(process.execPath, ['operate/redrive.ts'], {
      env: {
        ...env,
        ...{ AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_MAX_ATTEMPTS: '1' },
        QUEUE_URL: emulator.queueUrl,
        DEAD_LETTER_QUEUE_URL: emulator.deadLetterQueueUrl,
        DATABASE_URL: database.url,
      },
    });
    expect((await run).stderr).toBe('');
  });

  test('is not mixed up between systems: with one address of another, all three are asked for', async () => {
    const env = { ...process.env, QUEUE_URL: '', DATABASE_URL: database.url };
    const run = promisify(execFile)(process.execPath, ['operate/redrive.ts'], { env });
    await expect(run).rejects.toMatchObject({
      code: 2,
      stderr:
        'With DATABASE_URL, set QUEUE_URL and DEAD_LETTER_QUEUE_URL, too.\n' +
        'npm run redrive -- --help lists the options.\n',
    });
  });
});

/** The sum of the metric in what was printed in CloudWatch's embedded format. */
function messagesFailed(calls: readonly unknown[][]): number {
  return calls
    .flatMap(([text]) => String(text).split('\n'))
    .filter((line) => line.includes('"MessagesFailed"'))
    .reduce((sum, line) => sum + (JSON.parse(line) as { MessagesFailed: number }).MessagesFailed, 0);
}
