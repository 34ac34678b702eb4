import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import postgres from 'postgres';
import { dial } from './dial.ts';
import { type Liveness, watchLiveness } from './liveness.ts';
import type { DatabaseServer } from './server.ts';
import type { Statement } from './statement.ts';
import { isReader, readerSigns } from './writer.ts';

export type Types = Record<string, unknown>;
export type PoolOptions = postgres.Options<Record<string, postgres.PostgresType>> & {
  readonly max: number;
  readonly connect_timeout: number;
  /** Milliseconds of idleness after which the one connection of a pool has to give a sign of life. */
  readonly probeAfterMs: number;
};

/** A pool of the driver, which is used until a connection of it breaks or leads to a server that is not the one any more. */
export interface Opened<T extends Types> {
  readonly sql: postgres.Sql<T>;
  /** Sends a statement, whichever pool made it. */
  readonly send: Statement['handler'];
  /** Whether nothing new may be sent. */
  isRetired: boolean;
  /** Whether the connection may be gone, as it was idle for so long, or leads to a server that takes no writes. */
  isDoubtful: () => boolean;
  /** Ends the pool without another word to the server. */
  abandon: () => void;
  /** Ends the pool once nothing is under way on it. */
  leave: () => void;
  /**
   * Notes that a statement or a transaction is under way.
   *
   * @param onForgotten gets an error if it still waited for a connection when the pool ended
   * @returns what notes that it ended
   */
  begin: (onForgotten: (error: Error) => void) => () => void;
  /** The question under way whether the connection lives. */
  probe?: Promise<void>;
}

/** Seconds that the connections of a broken pool get to end what they are about, where there are others. */
const DRAIN_SECONDS = 5;

/** Milliseconds to wait for a sign of life: a round trip is one or two, and a request must still be in time. */
const PROBE_LIMIT_MS = 1_000;

/**
 * Milliseconds that a connection to a server without writes is used before it is asked whether it still is one: whoever
 * only reads would never learn otherwise that there is a new writer.
 */
const READER_LIMIT_MS = 1_000;

/** Opens a pool of which no connection dials twice; the first to break ends it. */
export function openPool<T extends Types>(server: DatabaseServer, options: PoolOptions): Opened<T> {
  let dials = 0;
  let password = '';
  const signs = readerSigns();
  let isEnding = false;
  const end = (seconds: number) => {
    isEnding = true;
    if (pool.sql !== undefined) void endAndForget(pool.sql, seconds, work.forget).catch(() => {});
  };
  const retire = () => {
    pool.isRetired = true;
    if (isEnding) return;
    end(options.max === 1 ? 0 : DRAIN_SECONDS);
  };
  const work = workUnderWay(() => {
    // Not sooner: the driver forgets statements that wait for a connection of a pool that ends.
    if (pool.isRetired) end(0);
  });
  const pool: { -readonly [K in keyof Opened<T>]?: Opened<T>[K] } & { isRetired: boolean } = {
    isRetired: false,
    isDoubtful: () => false,
    abandon: retire,
    leave: () => {
      pool.isRetired = true;
      work.endIfIdle();
    },
    begin: work.begin,
  };
  const settings = {
    ...options,
    ...{ host: server.host, port: server.port, database: server.database, user: server.user },
    connection: server.session,
    onparameter: signs.note,
    // The socket comes encrypted.
    ssl: false,
    // Known before the server asks: postgres.js crashes the process where it can't be had then.
    password: () => password,
    socket: async () => {
      dials += 1;
      if (pool.isRetired || dials > options.max) {
        retire();
        throw broken();
      }
      try {
        password = await server.password();
        const socket = await dial(await server.address(), options.connect_timeout);
        if (options.max === 1) {
          const liveness = watchLiveness(socket);
          pool.isDoubtful = () =>
            !pool.isRetired && isDoubtful(liveness, options.probeAfterMs, signs.areSeen());
          pool.abandon = () => {
            retire();
            socket.destroy();
          };
        }
        return retireAtEnd(socket, retire).once('error', retire).once('close', retire);
      } catch (error) {
        retire();
        throw error;
      }
    },
  };
  const sql = postgres(settings as object) as unknown as postgres.Sql<T>;
  pool.sql = sql;
  pool.send = (sql`` as unknown as Statement).handler;
  return pool as Opened<T>;
}

/** Ends a pool, and has those told that still wait for a connection of it. */
async function endAndForget(
  sql: { end(how: { timeout: number }): Promise<void> },
  seconds: number,
  forget: () => void,
): Promise<void> {
  await sql.end({ timeout: seconds });
  // What has its answer by now learns of it first.
  await nextTurn();
  forget();
}

const broken = (): Error =>
  Object.assign(new Error('the connection to the database broke'), { code: 'CONNECTION_CLOSED' });

/** Knows what is under way, and calls `onIdle` whenever nothing is any more. */
function workUnderWay(onIdle: () => void) {
  const underWay = new Set<(error: Error) => void>();
  const endIfIdle = () => {
    if (underWay.size === 0) onIdle();
  };
  const begin = (onForgotten: (error: Error) => void) => {
    const one = (error: Error) => onForgotten(error);
    underWay.add(one);
    return () => {
      // The driver may reject a statement twice.
      if (underWay.delete(one)) endIfIdle();
    };
  };
  /** Tells all that is left: the driver never will. */
  const forget = () => {
    for (const onForgotten of [...underWay]) onForgotten(broken());
  };
  return { begin, endIfIdle, forget };
}

function isDoubtful(liveness: Liveness, probeAfterMs: number, isAtReader: boolean): boolean {
  if (liveness.isIdleFor(probeAfterMs)) return true;
  return isAtReader && liveness.isIdleFor(0) && liveness.isOlderThan(READER_LIMIT_MS);
}

/** The driver ends an idle connection by itself, and goes on giving it statements until it is closed. */
function retireAtEnd(socket: Socket, retire: () => void): Socket {
  const end = socket.end.bind(socket) as (...parameters: unknown[]) => Socket;
  return Object.assign(socket, {
    end: (...parameters: unknown[]) => {
      retire();
      return end(...parameters);
    },
  });
}

/** Asks for a sign of life; without one in time, or from a server that takes no writes, the pool is given up. */
export async function probe<T extends Types>(pool: Opened<T>): Promise<void> {
  pool.probe ??= (async () => {
    const timer = new AbortController();
    const silence = new Promise<never>((_resolve, reject) => {
      const late = setTimeout(() => reject(new Error('the connection is dead')), PROBE_LIMIT_MS);
      timer.signal.addEventListener('abort', () => clearTimeout(late));
    });
    try {
      if (await Promise.race([isReader(pool.sql), silence])) pool.leave();
      delete pool.probe;
    } catch {
      pool.abandon();
    } finally {
      timer.abort();
    }
  })();
  await pool.probe;
}
