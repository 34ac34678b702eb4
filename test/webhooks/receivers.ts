import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LOOPBACK } from '../../localstack/addresses.ts';
import type { ReceiverOptions } from './receiver-process.ts';

/** What a receiver got. */
export interface Tally {
  readonly posts: number;
  /** Messages that it took. */
  readonly taken: number;
  /** Messages that it got more than once. */
  readonly repeated: number;
  /** Most posts of one message. */
  readonly most: number;
  /** Posts that came after one of a later event. */
  readonly overtaken: number;
  readonly lies: number;
  readonly wrong: number;
}

/** A process that receives, which can be killed and started again. */
export function receiverOf(options: ReceiverOptions) {
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    child = fork(join(import.meta.dirname, 'receiver-process.ts'), [JSON.stringify(options)]);
    await once(child, 'message');
  };
  const kill = async (): Promise<void> => {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null) return;
    running.kill('SIGKILL');
    await once(running, 'exit');
  };
  return {
    url: `http://${LOOPBACK}:${options.port}/`,
    start,
    kill,
    tally: async (): Promise<Tally> => tallyOf(await readFile(options.file, 'utf8')),
  };
}

function tallyOf(text: string): Tally {
  const [posts, taken] = [new Map<string, number>(), new Set<string>()];
  let [last, overtaken, lies, wrong] = [0, 0, 0, 0];
  for (const line of text.trim().split('\n')) {
    const [id = '', what] = line.split(' ');
    if (what === 'wrong') wrong += 1;
    else posts.set(id, (posts.get(id) ?? 0) + 1);
    if (what === 'taken') taken.add(id);
    if (what === 'lied') lies += 1;
    if (Number(id) < last) overtaken += 1;
    last = Math.max(last, Number(id));
  }
  const counts = [...posts.values()];
  return {
    posts: counts.reduce((sum, count) => sum + count, 0),
    taken: taken.size,
    repeated: counts.filter((count) => count > 1).length,
    most: Math.max(0, ...counts),
    ...{ overtaken, lies, wrong },
  };
}
