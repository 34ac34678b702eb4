import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { LOOPBACK } from '../../../localstack/addresses.ts';
import { PATIENCE } from '../../support/constants.ts';

/** Milliseconds without an answer until an address counts as closed that is not this machine's. */
const SILENT_MS = 2_000;

/** Whether something takes connections there. */
export async function answers(host: string, port: number): Promise<boolean> {
  const limitMs = host === LOOPBACK ? PATIENCE.timeout : SILENT_MS;
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(limitMs) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Does something while a process, whose number is in a file's first line, and its children stand still. */
export async function whileStopped<T>(pidFile: string, work: () => Promise<T>): Promise<T> {
  const [parent = ''] = (await readFile(pidFile, 'utf8')).split('\n');
  const { stdout } = spawnSync('pgrep', ['-P', parent], { encoding: 'utf8' });
  const processes = [parent, ...stdout.trim().split('\n')].map(Number);
  for (const pid of processes) process.kill(pid, 'SIGSTOP');
  try {
    return await work();
  } finally {
    for (const pid of processes) process.kill(pid, 'SIGCONT');
  }
}
