import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Whether the process exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Whether it has ended and only waits for its parent to take notice, which in some containers never happens. */
export function isZombie(pid: number): boolean {
  const status = fromProc(pid, 'status');
  return status === undefined ? fromPs(pid, 'stat').startsWith('Z') : /^State:\s*Z/m.test(status);
}

/** The process's command line; empty if there is no such process. */
export function commandOf(pid: number): string {
  return fromProc(pid, 'cmdline')?.replaceAll('\0', ' ') ?? fromPs(pid, 'command');
}

/** The number of the process that started it, 0 if unknown. */
export function parentOf(pid: number): number {
  const status = fromProc(pid, 'status');
  return Number(status === undefined ? fromPs(pid, 'ppid') : /^PPid:\s*(\d+)/m.exec(status)?.[1]) || 0;
}

/** Linux has /proc even where a small image has no ps. */
function fromProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}

function fromPs(pid: number, column: string): string {
  return spawnSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim() ?? '';
}
