import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import postgres from 'postgres';

/*
 * postgres.js 3.4.9 goes on with a connection that broke: its ROLLBACK on a dead socket crashes the process or leaves
 * the connection hanging for good (porsager/postgres #1154, #1208, #1215), statements of a dead transaction run outside
 * of any (#1155), an old backend's error meets the next statement, and a server that closes each new connection keeps
 * it dialling for ever. So here a pool ends with the first of its connections that breaks, none dials twice, and a
 * transaction says nothing more on a dead connection. The next statement opens another pool.
 */

type Types = Record<string, unknown>;

interface Opened<T extends Types> {
  readonly sql: postgres.Sql<T>;
  isBroken: boolean;
}

/** Seconds that the connections of a broken pool get to end what they are about, where there are others. */
const DRAIN_S = 5;

/** A pool that replaces itself when a connection breaks. */
export function resilient<T extends Types>(
  url: string,
  options: postgres.Options<Record<string, postgres.PostgresType>> & { max: number; connect_timeout: number },
): postgres.Sql<T> {
  let current: Opened<T> | undefined;
  let isEnded = false;
  const opened = (): Opened<T> => {
    if (current === undefined || (current.isBroken && !isEnded)) current = openPool<T>(url, options);
    return current;
  };
  const begin = async (work: (tx: postgres.TransactionSql<T>) => Promise<unknown>) =>
    await transact(opened(), work);
  const end = async (how?: { timeout?: number }) => {
    isEnded = true;
    await opened().sql.end(how);
  };
  return new Proxy((() => {}) as unknown as postgres.Sql<T>, {
    apply: (_target, _this, parameters) => Reflect.apply(opened().sql, undefined, parameters) as unknown,
    get: (_target, name) => {
      if (name === 'begin') return begin;
      return name === 'end' ? end : (Reflect.get(opened().sql, name) as unknown);
    },
  });
}

function openPool<T extends Types>(
  url: string,
  options: postgres.Options<Record<string, postgres.PostgresType>> & { max: number; connect_timeout: number },
): Opened<T> {
  const { hostname, port } = new URL(url);
  let dials = 0;
  const pool: { -readonly [K in keyof Opened<T>]?: Opened<T>[K] } & { isBroken: boolean } = {
    isBroken: false,
  };
  const retire = () => {
    if (pool.isBroken) return;
    pool.isBroken = true;
    void pool.sql?.end({ timeout: options.max === 1 ? 0 : DRAIN_S }).catch(() => {});
  };
  const settings = {
    ...options,
    socket: async () => {
      dials += 1;
      if (pool.isBroken || dials > options.max) {
        retire();
        throw Object.assign(new Error('the connection to the database broke'), { code: 'CONNECTION_CLOSED' });
      }
      try {
        const socket = await dial(hostname, Number(port || 5432), options.connect_timeout);
        return socket.once('error', retire).once('close', retire);
      } catch (error) {
        retire();
        throw error;
      }
    },
  };
  pool.sql = postgres(url, settings as object) as unknown as postgres.Sql<T>;
  return pool as Opened<T>;
}

async function dial(host: string, port: number, seconds: number): Promise<Socket> {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(seconds * 1_000) });
  } catch (error) {
    socket.destroy();
    if (!(error instanceof Error && error.name === 'AbortError')) throw error;
    throw Object.assign(new Error('the database does not answer'), { code: 'CONNECT_TIMEOUT' });
  }
  return Object.assign(socket, { host });
}

async function transact<T extends Types>(
  pool: Opened<T>,
  work: (tx: postgres.TransactionSql<T>) => Promise<unknown>,
): Promise<unknown> {
  let isOver = false;
  const outcome = pool.sql.begin(async (tx) => {
    try {
      return await work(guarded(tx, () => isOver));
    } catch (error) {
      // By then the pool knows whether the connection broke.
      await nextTurn();
      // Said now, the error would make postgres.js send ROLLBACK to nobody.
      if (isOver) return await new Promise<never>(() => {});
      throw error;
    }
  });
  try {
    return await outcome;
  } finally {
    isOver = true;
  }
}

/** Refuses statements once the transaction is over: they would run outside of it, or on a dead connection. */
function guarded<T extends object>(tx: T, isOver: () => boolean): T {
  return new Proxy(tx, {
    apply: (target, _this, parameters) => {
      if (isOver()) throw Object.assign(new Error('the transaction is over'), { code: 'CONNECTION_CLOSED' });
      return Reflect.apply(target as unknown as (...all: unknown[]) => unknown, undefined, parameters);
    },
  });
}
