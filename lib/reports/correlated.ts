import { setTimeout as sleep } from 'node:timers/promises';
import type { Fragment } from 'postgres';
import { type Found, MAX_NUMBERED, type Numbered, type NumberedPart } from '../details/numbered.ts';
import { MAX_ID } from '../ledger/id.ts';
import { array, type Sql, type Statements } from '../postgres/database.ts';
import { requestIdBounds } from '../wire/request-ids.ts';

/** Seconds after which no operation with a smaller id is uncommitted: each transaction of the database ends within 9 s. */
const FINAL_SECONDS = 20;

/** Milliseconds between two looks at who still writes. */
const LOOK_AGAIN_MS = 20;

/** Looks at who still writes, at most: together longer than any transaction of the database. */
const MAX_LOOKS = 500;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Reads the transactions that came from requests with a correlation id. Their numbers are the ids of their first operations.
 *
 * Ids are dealt before their transactions are committed, so one may become visible after a larger one. Whoever goes on from the end
 * of the list gets the ones of the last {@link FINAL_SECONDS} again; within the list, the reader waits for whoever writes just now.
 *
 * @returns {@link MAX_NUMBERED} at most
 */
export async function readCorrelated(
  sql: Sql,
  correlationId: string,
  { isDescending, limit, after }: NumberedPart & { readonly limit: number },
): Promise<Found> {
  const rows = await read(sql, correlationId, isDescending, after, MAX_ID);
  const last = rows.at(-1);
  if (last === undefined) return { found: rows, end: after };
  if (isDescending || last.isFinal) return { found: rows, end: last.number };
  if (rows.length < limit)
    return { found: rows, end: rows.findLast(({ isFinal }) => isFinal)?.number ?? after };
  await untilWritten(sql);
  const found = await read(sql, correlationId, false, after, last.number);
  return { found, end: last.number };
}

/** Waits until all have ended who write operations just now. Nobody waits for it in turn. */
async function untilWritten(sql: Sql): Promise<void> {
  const writing = sql`
    SELECT virtualtransaction AS id FROM pg_locks
    WHERE relation = 'pending_operations'::regclass AND mode = 'RowExclusiveLock' AND granted AND pid <> pg_backend_pid()`;
  let waitedFor = (await sql<{ id: string }[]>`${writing}`).map(({ id }) => id);
  for (let looks = 0; waitedFor.length > 0 && looks < MAX_LOOKS; looks++) {
    await sleep(LOOK_AGAIN_MS);
    const left = await sql<
      { id: string }[]
    >`${writing} AND virtualtransaction = ANY (${array(waitedFor)}::text[])`;
    waitedFor = left.map(({ id }) => id);
  }
}

/**
 * Two indexes find them: where the request brought no correlation id, that of transactions, as their ids begin alike; that of
 * correlation ids has the others. Only a transaction's first operation counts.
 *
 * @param upTo only those with a number up to this one
 */
async function read(
  sql: Statements,
  correlationId: string,
  isDescending: boolean,
  after: bigint,
  upTo: bigint,
): Promise<(Numbered & { isFinal: boolean })[]> {
  const direction = isDescending ? sql`DESC` : sql`ASC`;
  const between = isDescending
    ? sql`id < ${after === 0n ? MAX_ID : after}::bigint`
    : sql`id > ${after}::bigint AND id <= ${upTo}::bigint`;
  const columns = sql`transaction_id, id, created_at`;
  const first = sql`leg NOT IN ('credit', 'return', 'linked_credit') AND number BETWEEN 0 AND 1`;
  const given = (table: Fragment) => sql`
    (SELECT ${columns} FROM ${table}
    WHERE hashtextextended(correlation_id, 0) = hashtextextended(${correlationId}, 0) AND ${between}
      AND ${first} AND correlation_id = ${correlationId}
    ORDER BY hashtextextended(correlation_id, 0) ${direction}, id ${direction} LIMIT ${MAX_NUMBERED})`;
  // The limit keeps the bounds of ids out of it: for them a plan that was made while the table was empty takes the primary key.
  const made = (table: Fragment, [from, to]: readonly [string, string]) => sql`
    (SELECT ${columns} FROM ${table}
    WHERE transaction_id BETWEEN ${from}::uuid AND ${to}::uuid AND correlation_id IS NULL AND ${first}
    LIMIT ${MAX_NUMBERED})`;
  const [settled, pending] = [sql`operations`, sql`pending_operations`];
  const bounds = requestIdBounds(correlationId);
  const alsoMade =
    UUID.test(correlationId) && bounds[0] === correlationId
      ? sql`UNION ALL ${made(settled, bounds)} UNION ALL ${made(pending, bounds)}`
      : sql``;
  return await sql<(Numbered & { isFinal: boolean })[]>`
    SELECT transaction_id AS "transactionId", id AS number,
      created_at < now() - make_interval(secs => ${FINAL_SECONDS}) AS "isFinal"
    FROM (${given(settled)} UNION ALL ${given(pending)} ${alsoMade}) AS found
    WHERE ${between} ORDER BY id ${direction} LIMIT ${MAX_NUMBERED}`;
}
