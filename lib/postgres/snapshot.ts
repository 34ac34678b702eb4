import { allowSeconds, type Sql, type Tx } from './database.ts';

/** Memory of one sort or hash of a statement; what is larger goes to the server's disk. */
const WORK_MEM = '64MB';

/** What PostgreSQL calls an exported snapshot: two numbers of a transaction and one of its own, in hexadecimal. */
const SNAPSHOT_ID = /^[0-9A-F]+(-[0-9A-F]+){2}$/;

/** A moment of the database, out of which everything is read. */
export interface Snapshot {
  readonly tx: Tx;
  /** When it was taken, by the database's clock, in RFC 3339. */
  readonly takenAt: string;
}

/**
 * Reads in one consistent snapshot: nothing of it changes meanwhile, and nobody is kept waiting. Tried once: what may
 * take hours is not begun again by itself.
 *
 * @param seconds it may take at most
 * @throws what the database throws, such as where it took longer
 */
export async function readSnapshot<T>(
  sql: Sql,
  seconds: number,
  read: (snapshot: Snapshot) => Promise<T>,
): Promise<T> {
  return (await sql.begin(async (tx) => {
    await tx`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY`;
    const [row] = await tx<{ takenAt: string }[]>`SELECT clock_timestamp() AS "takenAt"`;
    await readWhole(tx, seconds);
    if (row === undefined) throw new Error('the database tells no time');
    return await read({ tx, takenAt: row.takenAt });
  })) as T;
}

/**
 * Reads in a snapshot on another connection, beside the transaction that took it, which must not end before.
 *
 * @param sql has a connection that the other transaction does not use
 * @param seconds it may take at most
 * @throws what the database throws, such as where it took longer
 */
export async function readBeside<T>(
  sql: Sql,
  taken: Tx,
  seconds: number,
  read: (tx: Tx) => Promise<T>,
): Promise<T> {
  const [row] = await taken<{ id: string }[]>`SELECT pg_export_snapshot() AS id`;
  const id = row?.id ?? '';
  if (!SNAPSHOT_ID.test(id)) throw new Error(`the database names a snapshot ${JSON.stringify(id)}`);
  return (await sql.begin(async (tx) => {
    await tx`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY`;
    // The statement takes no parameter.
    await tx.unsafe(`SET TRANSACTION SNAPSHOT '${id}'`);
    await readWhole(tx, seconds);
    return await read(tx);
  })) as T;
}

/** Time and memory to read whole tables, and the ways to. */
async function readWhole(tx: Tx, seconds: number): Promise<void> {
  await allowSeconds(tx, seconds);
  await joinWhole(tx);
  await tx`
    SELECT set_config('work_mem', ${WORK_MEM}, true), set_config('enable_seqscan', 'on', true),
      set_config('enable_bitmapscan', 'on', true)`;
}

/**
 * Lets the planner join whole tables and portions, which the database's settings keep from the hot statements. Each
 * statement is planned by the size of what it gets: after five runs PostgreSQL would keep a plan for ten rows, which for ten thousand
 * takes a minute. Compiling a statement costs more than it saves here.
 */
export async function joinWhole(tx: Tx): Promise<void> {
  await tx`
    SELECT set_config('enable_hashjoin', 'on', true), set_config('enable_mergejoin', 'on', true),
      set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true)`;
}
