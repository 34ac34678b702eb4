import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import postgres from 'postgres';
import { dial } from './dial.ts';
import { watchLiveness } from './liveness.ts';
import type { DatabaseServer } from './server.ts';
import { isStatement, type Statement } from './statement.ts';

/*
 * postgres.js 3.4.9 goes on with a connection that broke: its ROLLBACK on a dead socket crashes the process or leaves
 * the connection hanging for good (porsager/postgres #1154, #1208, #1215), statements of a dead transaction run outside
 * of any (#1155), an old backend's error meets the next statement, and a server that closes each new connection keeps
 * it dialling for ever. So here a pool ends with the first of its connections that breaks, none dials twice, and a
 * transaction says nothing more on a dead connection. The next statement opens another pool. This takes hold of the
 * driver's inside, so package.json names exactly this version; test/integration/postgres/driver.test.ts says what to
 * read before another one.
 *
 * A Lambda instance that was frozen learns only when it writes that its connection is gone, or never, where the network
 * forgot it. So a connection that was idle for a while is asked for a sign of life before it gets a statement: before a
 * transaction, or a statement outside of one. Nothing that may have taken effect is ever said twice.
 */

type Types = Record<string, unknown>;
type PoolOptions = postgres.Options<Record<string, postgres.PostgresType>> & {
  readonly max: number;
  readonly connect_timeout: number;
  /** Milliseconds of idleness after which the one connection of a pool has to give a sign of life. */
  readonly probeAfterMs: number;
};

interface Opened<T extends Types> {
  readonly sql: postgres.Sql<T>;
  isBroken: boolean;
  /** Whether the connection was idle for so long that it may be gone. */
  isDoubtful: () => boolean;
  /** Ends the pool without another word to the server. */
  abandon: () => void;
  /** The question under way whether the connection lives. */
  probe?: Promise<void>;
}

/** Seconds that the connections of a broken pool get to end what they are about, where there are others. */
const DRAIN_SECONDS = 5;

/** Milliseconds to wait for a sign of life: a round trip is one or two, and a request must still be in time. */
const PROBE_LIMIT_MS = 1_000;

/** A pool that replaces itself when a connection breaks. */
export function resilient<T extends Types>(server: DatabaseServer, options: PoolOptions): postgres.Sql<T> {
  let current: Opened<T> | undefined;
  let isEnded = false;
  const opened = (): Opened<T> => {
    if (current === undefined || (current.isBroken && !isEnded)) current = openPool<T>(server, options);
    return current;
  };
  /** A pool whose connection lives, as far as one can know. */
  const awake = async (): Promise<Opened<T>> => {
    const pool = opened();
    if (pool.probe !== undefined || pool.isDoubtful()) await probe(pool);
    return opened();
  };
  const begin = async (work: (tx: postgres.TransactionSql<T>) => Promise<unknown>) =>
    await transact(await awake(), work);
  const end = async (how?: { timeout?: number }) => {
    isEnded = true;
    await opened().sql.end(how);
  };
  const wary = (made: unknown): unknown => (isStatement(made) ? probedFirst(made, opened, awake) : made);
  return new Proxy((() => {}) as unknown as postgres.Sql<T>, {
    apply: (_target, _this, parameters) => wary(Reflect.apply(opened().sql, undefined, parameters)),
    get: (_target, name) => {
      if (name === 'begin') return begin;
      if (name === 'end') return end;
      const member: unknown = Reflect.get(opened().sql, name);
      if (name !== 'unsafe') return member;
      return (...parameters: unknown[]) =>
        wary(Reflect.apply(member as () => unknown, undefined, parameters));
    },
  });
}

/** Has a statement wait, once someone waits for it, for a connection that is known to live. */
function probedFirst<T extends Types>(
  statement: Statement,
  opened: () => Opened<T>,
  awake: () => Promise<Opened<T>>,
): Statement {
  const pool = opened();
  const hand = statement.handler;
  statement.handler = (self) => {
    if (pool === opened() && pool.probe === undefined && !pool.isDoubtful()) {
      hand(self);
      return;
    }
    awake().then(
      ({ sql }) => (sql`` as unknown as Statement).handler(self),
      (error: unknown) => self.reject(error),
    );
  };
  return statement;
}

/** Asks for a sign of life; without one in time, the pool is given up. */
async function probe<T extends Types>(pool: Opened<T>): Promise<void> {
  pool.probe ??= (async () => {
    const timer = new AbortController();
    const silence = new Promise<never>((_resolve, reject) => {
      const late = setTimeout(() => reject(new Error('the connection is dead')), PROBE_LIMIT_MS);
      timer.signal.addEventListener('abort', () => clearTimeout(late));
    });
    try {
      await Promise.race([pool.sql`SELECT 1`, silence]);
      delete pool.probe;
    } catch {
      pool.abandon();
    } finally {
      timer.abort();
    }
  })();
  await pool.probe;
}

function openPool<T extends Types>(server: DatabaseServer, options: PoolOptions): Opened<T> {
  let dials = 0;
  let password = '';
  const pool: { -readonly [K in keyof Opened<T>]?: Opened<T>[K] } & { isBroken: boolean } = {
    isBroken: false,
    isDoubtful: () => false,
    abandon: () => retire(),
  };
  const retire = () => {
    if (pool.isBroken) return;
    pool.isBroken = true;
    void pool.sql?.end({ timeout: options.max === 1 ? 0 : DRAIN_SECONDS }).catch(() => {});
  };
  const settings = {
    ...options,
    ...{ host: server.host, port: server.port, database: server.database, user: server.user },
    connection: server.session,
    // The socket comes encrypted.
    ssl: false,
    // Known before the server asks: postgres.js crashes the process where it can't be had then.
    password: () => password,
    socket: async () => {
      dials += 1;
      if (pool.isBroken || dials > options.max) {
        retire();
        throw Object.assign(new Error('the connection to the database broke'), { code: 'CONNECTION_CLOSED' });
      }
      try {
        password = await server.password();
        const socket = await dial(await server.address(), options.connect_timeout);
        if (options.max === 1) {
          const liveness = watchLiveness(socket);
          pool.isDoubtful = () => !pool.isBroken && liveness.isIdleFor(options.probeAfterMs);
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
  pool.sql = postgres(settings as object) as unknown as postgres.Sql<T>;
  return pool as Opened<T>;
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
