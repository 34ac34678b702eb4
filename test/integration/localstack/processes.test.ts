import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { isAlive, isZombie } from '../../../localstack/processes/pids.ts';
import { performAlone, startWorker, type Worker } from '../../../localstack/processes/worker.ts';
import type { Task } from '../../fixtures/worker-process.ts';

const OPTIONS = {
  name: 'The worker',
  entry: join(import.meta.dirname, '../../fixtures/worker-process.ts'),
};

/** Milliseconds for what takes no time worth mentioning, on a busy machine. */
const LIMIT_MS = 30_000;
const POLL_MS = 50;

let worker: Worker<Task, number> | undefined;

async function start(): Promise<Worker<Task, number>> {
  worker = await startWorker<Task, number>(OPTIONS);
  return worker;
}

afterEach(async () => {
  await worker?.stop();
  worker = undefined;
});

test('a worker performs one task after another, and several at once', async () => {
  const { perform } = await start();
  expect(await perform({ does: 'double', number: 21 }, LIMIT_MS)).toBe(42);
  const doubled = [3, 1, 2].map((number) => perform({ does: 'double', number }, LIMIT_MS));
  expect(await Promise.all(doubled)).toEqual([6, 2, 4]);
});

test('a task that fails says where, and the worker goes on', async () => {
  const { perform } = await start();
  await expect(perform({ does: 'fail' }, LIMIT_MS)).rejects.toThrow(
    /^RangeError: There is nothing to do\.\n +at .*worker-process\.ts/,
  );
  expect(await perform({ does: 'double', number: 1 }, LIMIT_MS)).toBe(2);
});

test('a task whose worker ends says so, and so does each after it', async () => {
  const { perform } = await start();
  await expect(perform({ does: 'end' }, LIMIT_MS)).rejects.toThrow('The worker ended: exit code 3.');
  await expect(perform({ does: 'double', number: 1 }, LIMIT_MS)).rejects.toThrow('The worker ended');
});

test('a task that takes too long fails, and takes its worker with it', async () => {
  const { perform } = await start();
  const pid = await perform({ does: 'say its number' }, LIMIT_MS);
  await expect(perform({ does: 'take its time', ms: 10 * LIMIT_MS }, 200)).rejects.toThrow(
    'The worker did not end its task within 0.2 s.',
  );
  await hasEnded(pid);
});

test('a task alone has a process of its own, which ends with it', async () => {
  const task: Task = { does: 'say its number' };
  const pids = [await performAlone(OPTIONS, task, LIMIT_MS), await performAlone(OPTIONS, task, LIMIT_MS)];
  expect(new Set([...pids, process.pid]).size).toBe(3);
  for (const pid of pids) await hasEnded(Number(pid));
});

test('a worker in the middle of a task ends when its parent is killed', async () => {
  const module = pathToFileURL(join(import.meta.dirname, '../../../localstack/processes/worker.ts'));
  const script = `
    import { startWorker } from ${JSON.stringify(module)};
    const worker = await startWorker(${JSON.stringify(OPTIONS)});
    const pid = await worker.perform({ does: 'say its number' }, ${LIMIT_MS});
    void worker.perform({ does: 'take its time', ms: ${10 * LIMIT_MS} }, ${20 * LIMIT_MS});
    process.stdout.write(pid + '\\n');`;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(String(said));
  expect(isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  await hasEnded(pid);
});

/** Fails where the process does not end. */
async function hasEnded(pid: number): Promise<void> {
  for (let waitedMs = 0; isAlive(pid) && !isZombie(pid) && waitedMs < LIMIT_MS; waitedMs += POLL_MS)
    await sleep(POLL_MS);
  expect(isAlive(pid) && !isZombie(pid), `process ${pid} goes on`).toBe(false);
}
