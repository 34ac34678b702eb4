import { setTimeout as sleep } from 'node:timers/promises';
import type postgres from 'postgres';
import { lostConnection, lostRace, transactionTimeout, wasRefused } from './errors.ts';
import { resilient } from './resilient-pool.ts';
import type { Database } from './server.ts';
import { sourceOf } from './server-source.ts';

type Types = { bigint: bigint; integer: bigint };

/** A connection pool. */
export type Sql = postgres.Sql<Types>;

/** What runs one statement: a pool or a transaction. */
export type Statements = postgres.ISql<Types>;

/** A transaction: what several statements do in it is committed whole or not at all. A pool is none. */
export type Tx = postgres.TransactionSql<Types>;

/** Seconds to wait for a connection: less than a request may take. */
const CONNECT_TIMEOUT_SECONDS = 5;

/** Seconds until an idle connection is closed, so that idle functions hold none. */
const IDLE_TIMEOUT_SECONDS = 60;

/** The server's limit for a transaction, in milliseconds: transaction_timeout of the migrations. */
const TRANSACTION_LIMIT_MS = 9_000;

/** How often a transaction is tried that lost a race or its connection: enough for any that is no standing trouble. */
const MAX_ATTEMPTS = 5;

/** The longest pause before the second try, in milliseconds; it doubles from try to try. */
const RETRY_PAUSE_MS = 20;
/**
 * Milliseconds of idleness after which a connection is asked whether it lives, before it gets a statement: short beside
 * the time a frozen function sleeps, long enough that a busy one never asks.
 */
const PROBE_AFTER_MS = 5_000;

/** Other times in tests. */
interface Times {
  readonly probeAfterMs: number;
  readonly idleTimeoutSeconds: number;
  readonly connectTimeoutSeconds?: number;
}

/**
 * Opens a pool; it connects when first used.
 *
 * @param database a postgres:// URL or where to read it, or an Aurora cluster
 * @param max connections at most: a Lambda instance does one thing at a time, so one
 * @param times other ones in tests
 * @param onNotice gets what the server says beside its replies; only in tests
 */
export function openDatabase(
  database: Database,
  max = 1,
  times: Times = { probeAfterMs: PROBE_AFTER_MS, idleTimeoutSeconds: IDLE_TIMEOUT_SECONDS },
  onNotice: (notice: postgres.Notice) => void = () => {},
): Sql {
  return resilient<Types>(sourceOf(database), {
    max,
    probeAfterMs: times.probeAfterMs,
    fetch_types: false,
    connect_timeout: times.connectTimeoutSeconds ?? CONNECT_TIMEOUT_SECONDS,
    idle_timeout: times.idleTimeoutSeconds,
    // By default a busy connection would be closed after half an hour or so, and what is asked just then would fail.
    max_lifetime: null,
    onnotice: onNotice,
    types: {
      bigint: { to: 20, from: [20], serialize: String, parse: BigInt },
      integer: { to: 1700, from: [1700], serialize: String, parse: BigInt },
      date: { to: 1184, from: [1184], serialize: String, parse: rfc3339 },
    },
  });
}

/** Seconds that a pool gets to close its connection: after one that broke, the driver would wait for ever. */
const END_SECONDS = 1;

/** Opens a database for some work, and closes it however that ends. */
export async function withPool<T>(address: Database, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = openDatabase(address);
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: END_SECONDS }).catch(() => {});
  }
}

/** PostgreSQL's text of a time in UTC, as RFC 3339 with all its digits. */
function rfc3339(text: string): string {
  if (!text.endsWith('+00')) throw new Error(`the database's time zone is not UTC: ${text}`);
  return `${text.slice(0, -3).replace(' ', 'T')}Z`;
}

/**
 * Runs work in one transaction, and again when it lost a race (serialization failure, deadlock) or its connection, or was
 * refused by a server that is no writer.
 *
 * @param work gets the transaction; a second run must do no harm, even though the first may have been committed when
 *   its connection broke
 * @param isLate once true, work is not run again
 * @returns what work returned, once committed
 * @throws what work or the database throws; nothing of the transaction is left then
 */
export async function runTx<T>(
  sql: Sql,
  work: (tx: Tx) => Promise<T>,
  isLate: () => boolean = () => false,
): Promise<T> {
  return await runTxWhile(sql, work, (error) => !isLate() && (leftNothing(error) || lostConnection(error)));
}

/**
 * Runs work in one transaction, and again when it lost a race or was refused by a server that is no writer, after which
 * nothing of it is left: so it is committed once at most, for work of which a second run would be a second payment.
 *
 * @returns what work returned, once committed
 * @throws what work or the database throws; whether a transaction that lost its connection was committed, nobody knows
 */
export async function runTxOnce<T>(sql: Sql, work: (tx: Tx) => Promise<T>): Promise<T> {
  return await runTxWhile(sql, work, leftNothing);
}

/**
 * Does work that is one statement, and again when it lost a race or its connection, or was refused.
 *
 * @param work a second run must do no harm, even though the first may have been committed
 */
export async function runStatement<T>(work: () => Promise<T>): Promise<T> {
  return await tryWhile(work, (error) => leftNothing(error) || lostConnection(error));
}

/**
 * Does work that is one statement, and again when it lost a race or was refused, after which nothing of it is left: so it is done
 * once at most.
 */
export async function runStatementOnce<T>(work: () => Promise<T>): Promise<T> {
  return await tryWhile(work, leftNothing);
}

/** Whether nothing is left of what failed with an error, and a second try may succeed. */
const leftNothing = (error: unknown): boolean => lostRace(error) || wasRefused(error);

async function runTxWhile<T>(
  sql: Sql,
  work: (tx: Tx) => Promise<T>,
  mayRunAgain: (error: unknown) => boolean,
): Promise<T> {
  return await tryWhile(async () => {
    let begunMs = Number.POSITIVE_INFINITY;
    try {
      return (await sql.begin(async (tx) => {
        begunMs = performance.now();
        return await work(tx);
      })) as T;
    } catch (error) {
      // The server ends the connection of a transaction that met its limit, and not every statement in it learns why.
      const metLimit = lostConnection(error) && performance.now() - begunMs >= TRANSACTION_LIMIT_MS;
      throw metLimit ? transactionTimeout(error) : error;
    }
  }, mayRunAgain);
}

async function tryWhile<T>(work: () => Promise<T>, mayRunAgain: (error: unknown) => boolean): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || !mayRunAgain(error)) throw error;
      await sleep(Math.random() * RETRY_PAUSE_MS * 2 ** attempt);
    }
  }
}

/** What an array of a statement can hold. */
export type Value = bigint | number | string | null;

/** An array as a parameter: PostgreSQL's array literal, to be cast where it is used: `${array(ids)}::bigint[]`. */
export function array(items: Iterable<Value>): string {
  return arrayOf(items, (item) => item);
}

/** The same of a value of each item. */
export function arrayOf<T>(items: Iterable<T>, read: (item: T) => Value): string {
  // One string that grows: a list of a thousand quoted items would double the time that it takes.
  let text = '{';
  for (const item of items) {
    const value = read(item);
    if (text.length > 1) text += ',';
    if (value === null) text += 'NULL';
    else if (typeof value === 'string' && SPECIAL.test(value))
      text += `"${value.replace(EACH_SPECIAL, '\\$&')}"`;
    else text += `"${value}"`;
  }
  return `${text}}`;
}

const SPECIAL = /["\\]/;
const EACH_SPECIAL = /["\\]/g;

/**
 * Raises this transaction's time limits, for work that is longer than a request.
 *
 * @param seconds for the transaction and for each statement in it, 1 or more
 */
export async function allowSeconds(tx: Tx, seconds: number): Promise<void> {
  const limit = `${seconds}s`;
  // PostgreSQL 17 arms the transaction's timer anew only where it was off.
  await tx`SELECT set_config('transaction_timeout', '0', true)`;
  await tx`
    SELECT set_config('transaction_timeout', ${limit}, true), set_config('statement_timeout', ${limit}, true)`;
}

/**
 * Runs a statement for the first rows of an index's order, in a transaction of its own in which nothing is sorted: on a table
 * that is empty, reading all of it and sorting seems as cheap as the index, and a connection keeps that plan when the
 * table has grown.
 */
export async function runInIndexOrder<T>(sql: Sql, run: (tx: Tx) => Promise<T>): Promise<T> {
  return await runTx(sql, async (tx) => {
    await tx`SELECT set_config('enable_sort', 'off', true)`;
    return await run(tx);
  });
}
