import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** The folder of serverless.yml, where every part runs. */
export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** A part gets this long to stop by itself (PostgreSQL writes a checkpoint), then it is killed. */
const STOP_LIMIT_MS = 10_000;

/** As many last lines of a log, and as much of each, as explain a failure without filling the screen. */
const TAIL_LINES = 15;
const TAIL_CHARACTERS = 400;

export interface ChildOptions<T> {
  /** What a person calls this part, as the start of a sentence. */
  readonly name: string;
  /** The path of the file that the process runs. */
  readonly entry: string;
  /** Handed to the process as JSON. */
  readonly options: unknown;
  /** What the process reports once it is ready. */
  readonly ready: z.ZodType<T>;
  readonly readyLimitMs: number;
  readonly logFile: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Words to put before `node`, for a process that needs other rights. */
  readonly prefix?: readonly string[];
  /** Gets the lines that the process says. */
  readonly log?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Child<T> {
  readonly ready: T;
  /** Asks the process to stop, waits for it, kills what is left of its group. */
  readonly stop: () => Promise<void>;
  /** The reason, should the process end without having been asked to. */
  readonly exited: Promise<string>;
}

const running = new Set<ChildProcess>();

const messageSchema = z.union([
  z.object({ line: z.string() }),
  z.object({ failed: z.string() }),
  z.object({ ready: z.unknown() }),
]);

/**
 * Starts a part of the local stack as a process group of its own: Ctrl-C in the terminal reaches only `npm start`,
 * which can then stop the parts in order. The open IPC channel tells the process that its parent lives; when it closes,
 * the process stops by itself (see parent.ts), so that not even `kill -9` leaves a part behind.
 * Fails with a sentence that ends in the last lines of the log.
 */
export async function startChild<T>(options: ChildOptions<T>): Promise<Child<T>> {
  options.signal?.throwIfAborted();
  const child = launch(options);
  const exit = exitOf(child, options.name);
  const state = { stopping: false };
  const stop = async () => {
    state.stopping = true;
    await stopChild(child, exit);
  };
  const abort = () => void stop();
  options.signal?.addEventListener('abort', abort, { once: true });
  try {
    const ready = options.ready.parse(await readyMessage(child, exit, options));
    const exited = exit.then((reason) =>
      state.stopping ? new Promise<never>(() => {}) : withTail(reason, options.logFile),
    );
    return { ready, stop, exited };
  } catch (error) {
    await stop();
    options.signal?.throwIfAborted();
    throw new Error(await withTail(error instanceof Error ? error.message : String(error), options.logFile));
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
}

/** Kills every process that `startChild` started, at once. */
export function killChildren(): void {
  for (const child of running) signalGroup(child, 'SIGKILL');
}

/** The last lines of a log file but for stack traces, or a remark that there are none. */
async function tail(logFile: string): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^\s+at /.test(line));
  const last = lines.slice(-TAIL_LINES).map((line) => line.slice(0, TAIL_CHARACTERS));
  return last.join('\n') || '(it wrote nothing)';
}

/** A reason, and what the part wrote last. */
export async function withTail(reason: string, logFile: string): Promise<string> {
  return `${reason}\nThe last lines of ${logFile}:\n${await tail(logFile)}`;
}

function launch(options: ChildOptions<unknown>): ChildProcess {
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, 'w');
  const [command, ...args] = [
    ...(options.prefix ?? []),
    process.execPath,
    options.entry,
    JSON.stringify(options.options),
  ];
  const child = spawn(command ?? process.execPath, args, {
    cwd: PROJECT,
    detached: true,
    env: options.env ?? process.env,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  running.add(child);
  return child;
}

/** Resolves with a sentence once the process has ended, whatever the cause. */
function exitOf(child: ChildProcess, name: string): Promise<string> {
  return new Promise((resolve) => {
    const ended = (how: string) => {
      running.delete(child);
      signalGroup(child, 'SIGKILL');
      resolve(`${name} ended: ${how}.`);
    };
    child.once('error', (error) => ended(error.message));
    child.once('exit', (code, signal) => ended(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
}

function readyMessage(
  child: ChildProcess,
  exit: Promise<string>,
  options: ChildOptions<unknown>,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(
      () => reject(new Error(`${options.name} was not ready after ${options.readyLimitMs / 1000} s.`)),
      options.readyLimitMs,
    );
    child.on('message', (message) => {
      const parsed = messageSchema.parse(message);
      if ('line' in parsed) {
        options.log?.(parsed.line);
        return;
      }
      clearTimeout(limit);
      if ('failed' in parsed) reject(new Error(`${options.name} did not start: ${parsed.failed}`));
      else resolve(parsed.ready);
    });
    void exit.then((reason) => {
      clearTimeout(limit);
      reject(new Error(reason));
    });
  });
}

async function stopChild(child: ChildProcess, exit: Promise<string>): Promise<void> {
  if (child.connected) child.disconnect();
  const kill = setTimeout(() => signalGroup(child, 'SIGKILL'), STOP_LIMIT_MS);
  await exit;
  clearTimeout(kill);
}

/** The process leads a group of its own number; a group that is gone is what was wanted. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {}
}
