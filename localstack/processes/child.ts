import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, renameSync } from 'node:fs';
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
  readonly options?: unknown;
  /** What the process reports once it is ready. */
  readonly ready: z.ZodType<T>;
  readonly readyLimitMs: number;
  /** Gets what the process prints; if missing, that goes where this process prints to. The previous run's is kept beside it. */
  readonly logFile?: string;
  /** Gets what it prints to its standard error, if that is not to be in the log file. */
  readonly errorFile?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The folder that it runs in, the project's if missing. */
  readonly cwd?: string;
  /** Words to put before `node`, for a process that needs other rights. */
  readonly prefix?: readonly string[];
  /** Gets the lines that the process says. */
  readonly log?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Child<T> {
  readonly ready: T;
  readonly pid: number;
  /**
   * Has the process perform a task, which is JSON, as the reply is.
   *
   * @param limitMs milliseconds after which the process is stopped and the task has failed
   * @throws Error with the process's own stack where the task failed, or with a sentence where the process ended
   */
  readonly perform: (task: unknown, limitMs: number) => Promise<unknown>;
  /** Asks the process to stop, waits for it, kills what is left of its group. */
  readonly stop: () => Promise<void>;
  /** The reason, should the process end without having been asked to. */
  readonly exited: Promise<string>;
}

const running = new Set<ChildProcess>();

const messageSchema = z.union([
  z.object({ line: z.string() }),
  z.object({ failed: z.string() }),
  z.object({ ready: z.unknown().optional() }),
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
      state.stopping ? new Promise<never>(() => {}) : withTail(reason, options.logFile, options.errorFile),
    );
    const perform = performer(child, exit, options.name, stop);
    return { ready, pid: child.pid ?? Number.NaN, perform, stop, exited };
  } catch (error) {
    await stop();
    options.signal?.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(await withTail(reason, options.logFile, options.errorFile));
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
}

/** Kills every process that `startChild` started, at once. */
export function killChildren(): void {
  for (const child of running) signalGroup(child, 'SIGKILL');
}

/**
 * The number of the living process that `startChild` started last to run a file of this name.
 *
 * @throws Error where there is none
 */
export function pidOf(file: string): number {
  const child = [...running].findLast(({ spawnargs }) =>
    spawnargs.some((argument) => argument.endsWith(file)),
  );
  if (child?.pid === undefined) throw new Error(`no process runs ${file}`);
  return child.pid;
}

/** The last lines of a log file but for stack traces; empty if there are none. */
async function tail(logFile: string): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^\s+at /.test(line));
  const last = lines.slice(-TAIL_LINES).map((line) => line.slice(0, TAIL_CHARACTERS));
  return last.join('\n');
}

/** A reason, and what the part wrote last, if that went to a file: its errors, if those have a file and there are any. */
export async function withTail(reason: string, logFile?: string, errorFile?: string): Promise<string> {
  if (logFile === undefined) return reason;
  const errors = errorFile === undefined ? '' : await tail(errorFile);
  const [file, lines] = errors === '' ? [logFile, await tail(logFile)] : [errorFile, errors];
  return `${reason}\nThe last lines of ${file}:\n${lines || '(it wrote nothing)'}`;
}

function launch(options: ChildOptions<unknown>): ChildProcess {
  const log: 'inherit' | number = options.logFile === undefined ? 'inherit' : openLog(options.logFile);
  const errors: 'inherit' | number = options.errorFile === undefined ? log : openLog(options.errorFile);
  const [command, ...args] = [
    ...(options.prefix ?? []),
    process.execPath,
    options.entry,
    JSON.stringify(options.options ?? null),
  ];
  const child = spawn(command ?? process.execPath, args, {
    cwd: options.cwd ?? PROJECT,
    detached: true,
    env: options.env ?? process.env,
    stdio: ['ignore', log, errors, 'ipc'],
  });
  for (const file of new Set([log, errors])) if (typeof file === 'number') closeSync(file);
  running.add(child);
  return child;
}

/** Keeps what was in the file as `<file>.1`: who starts a system anew to look at a fault has lost nothing yet. */
function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true });
  if (existsSync(file)) renameSync(file, `${file}.1`);
  return openSync(file, 'w');
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

const replySchema = z.union([
  z.object({ task: z.number(), failed: z.string() }),
  z.object({ task: z.number(), done: z.unknown() }),
]);

interface Waiting {
  readonly resolve: (done: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Sends tasks and tells replies apart by number; whoever waits hears of the process's end. */
function performer(
  child: ChildProcess,
  exit: Promise<string>,
  name: string,
  stop: () => Promise<void>,
): Child<unknown>['perform'] {
  const waiting = new Map<number, Waiting>();
  let tasks = 0;
  let ended: string | undefined;
  void exit.then((reason) => {
    ended = reason;
    for (const { reject } of waiting.values()) reject(new Error(reason));
  });
  child.on('message', (message) => {
    const reply = replySchema.safeParse(message).data;
    if (reply === undefined) return;
    const { resolve, reject } = waiting.get(reply.task) ?? {};
    waiting.delete(reply.task);
    if ('failed' in reply) reject?.(new Error(reply.failed));
    else resolve?.(reply.done);
  });
  return async (input, limitMs) => {
    if (ended !== undefined) throw new Error(ended);
    tasks += 1;
    const task = tasks;
    const tooLate = setTimeout(() => {
      waiting.get(task)?.reject(new Error(`${name} did not end its task within ${limitMs / 1000} s.`));
      void stop();
    }, limitMs);
    try {
      return await new Promise((resolve, reject) => {
        waiting.set(task, { resolve, reject });
        // A closed channel is news that the process's end explains.
        child.send({ task, input }, () => {});
      });
    } finally {
      clearTimeout(tooLate);
      waiting.delete(task);
    }
  };
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
