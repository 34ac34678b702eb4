import { setImmediate as nextTurn } from 'node:timers/promises';
import type postgres from 'postgres';
import { isElsewhere, isUnreachable, wasNotSignedIn, wasRefused } from './errors.ts';
import { type Opened, openPool, type PoolOptions, probe, type Types } from './opened-pool.ts';
import type { DatabaseServer } from './server.ts';
import type { ServerSource } from './server-source.ts';
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
 *
 * After a failover a connection may live and be of no use, as it leads to the previous writer. An error that says so retires
 * the pool as well: it ends once nothing is under way on it. A statement that the server refused did nothing, so it is
 * tried once more on a fresh connection; a transaction is by whoever runs it (lib/postgres/database.ts).
 */

/** How often a statement is tried that a server refused: the fresh connection leads to the new writer if there is one. */
const MAX_TRIES = 2;

/** A server until it is known: a pool of it makes statements, and none is sent by it. */
const NOT_YET_KNOWN: DatabaseServer = {
  ...{ host: 'unknown', port: 0, database: '', user: '', session: {} },
  address: () => Promise.reject(new Error('the server is not known yet')),
  password: () => Promise.reject(new Error('the server is not known yet')),
};

/** A pool that replaces itself when a connection breaks, or leads to a server that is not the one any more. */
export function resilient<T extends Types>(source: ServerSource, options: PoolOptions): postgres.Sql<T> {
  let current: Opened<T> | undefined;
  let isKnown = false;
  let isEnded = false;
  const opened = (): Opened<T> => {
    if (current !== undefined && (!current.isRetired || isEnded)) return current;
    const server = source.known();
    isKnown = server !== undefined;
    current = openPool<T>(server ?? NOT_YET_KNOWN, options);
    if (!isKnown) current.isDoubtful = () => true;
    return current;
  };
  /** A pool whose connection lives and leads to the writer, as far as one can know. */
  const awake = async (): Promise<Opened<T>> => {
    const pool = opened();
    if (!isKnown) {
      await source.find();
      if (pool === current) pool.leave();
    } else if (pool.probe !== undefined || pool.isDoubtful()) await probe(pool);
    return opened();
  };
  /** Looks again for the server after it refused a sign-in. */
  const isRenewed = async (pool: Opened<T>): Promise<boolean> => {
    pool.leave();
    return await source.renew();
  };
  const begin = async (work: (tx: postgres.TransactionSql<T>) => Promise<unknown>) => {
    const pool = await awake();
    try {
      return await transact(pool, work);
    } catch (error) {
      if (isUnreachable(error)) source.doubt();
      if (!wasNotSignedIn(error) || !(await isRenewed(pool))) throw error;
      return await transact(await awake(), work);
    }
  };
  const doubt = () => source.doubt();
  const end = async (how?: { timeout?: number }) => {
    isEnded = true;
    await opened().sql.end(how);
  };
  const wary = (made: unknown): unknown =>
    isStatement(made) ? sentWarily(made, { opened, awake, isRenewed, doubt }) : made;
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

/** What a statement needs of its pool. */
interface Sender<T extends Types> {
  readonly opened: () => Opened<T>;
  readonly awake: () => Promise<Opened<T>>;
  readonly isRenewed: (pool: Opened<T>) => Promise<boolean>;
  readonly doubt: () => void;
}

/**
 * Has a statement wait, once someone waits for it, for a connection that is known to live, and tried again where the server
 * refused it.
 */
function sentWarily<T extends Types>(
  statement: Statement,
  { opened, awake, isRenewed, doubt }: Sender<T>,
): Statement {
  const { resolve, reject } = statement;
  const sendWhenAwake = (tries: number) => {
    awake().then((pool) => send(pool, tries), reject);
  };
  const send = (pool: Opened<T>, tries: number) => {
    const ended = pool.begin((error) => statement.reject(error));
    statement.resolve = (value) => {
      resolve(value);
      ended();
    };
    const sendAgain = () => {
      // As they were sent; the driver makes them anew.
      delete statement.parameters;
      sendWhenAwake(tries + 1);
    };
    let isRejected = false;
    statement.reject = (error) => {
      // The driver says it of a sign-in once more when its connection closes.
      if (isRejected) return;
      isRejected = true;
      if (isElsewhere(error)) pool.leave();
      if (isUnreachable(error)) doubt();
      if (tries < MAX_TRIES && wasRefused(error)) sendAgain();
      else if (tries < MAX_TRIES && wasNotSignedIn(error))
        isRenewed(pool).then((is) => (is ? sendAgain() : reject(error)), reject);
      else reject(error);
      ended();
    };
    pool.send(statement);
  };
  statement.handler = () => {
    const pool = opened();
    if (pool.probe === undefined && !pool.isDoubtful()) send(pool, 1);
    else sendWhenAwake(1);
  };
  return statement;
}

async function transact<T extends Types>(
  pool: Opened<T>,
  work: (tx: postgres.TransactionSql<T>) => Promise<unknown>,
): Promise<unknown> {
  let isOver = false;
  const forgotten = Promise.withResolvers<never>();
  const ended = pool.begin(forgotten.reject);
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
    return await Promise.race([outcome, forgotten.promise]);
  } catch (error) {
    if (isElsewhere(error)) pool.leave();
    throw error;
  } finally {
    isOver = true;
    ended();
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
