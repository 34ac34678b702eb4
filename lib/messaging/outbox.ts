import { known } from '../ledger/known.ts';
import { array, arrayOf, type Sql, type Statements, type Tx } from '../postgres/database.ts';
import { numberedRows } from '../postgres/rows.ts';
import { parseJson } from '../wire/parse-json.ts';
import type { Bus, BusEvent } from './event-bus.ts';
import type { EventDetail, EventType } from './event-schemas.ts';

/** An event to stage in the transaction that causes it. */
export type NewEvent = { [T in EventType]: { readonly type: T; readonly detail: EventDetail<T> } }[EventType];

/** The place of a settled operation in the journal. */
export interface OperationKey {
  readonly walletId: bigint;
  /** From 1 on. */
  readonly position: bigint;
}

/** An event with the row of the outbox that it stands in, and the operation that it is about if the row names operations. */
export interface OutboxEvent {
  readonly rowId: bigint;
  readonly event: BusEvent;
  readonly operation: OperationKey | null;
}

/** What came of publishing. */
export interface Published {
  /** How many events the bus took. */
  readonly count: number;
  /** Rows to delete: those of which the bus took an event. */
  readonly rowIds: readonly bigint[];
  /** Operations of these rows whose events it refused: to be staged again. */
  readonly refused: readonly OperationKey[];
}

export const NOTHING_PUBLISHED: Published = { count: 0, rowIds: [], refused: [] };

/** Tells the events of settled operations from the journal, one for each key, in their order. */
export type Teller = (sql: Statements, keys: readonly OperationKey[]) => Promise<readonly BusEvent[]>;

/** Operations that one row names, at most; the table says why. */
const ROW_OPERATIONS = 100;

/**
 * Stages events in a transaction; they are published once it has committed.
 *
 * @returns the events, to publish
 */
export async function stageEvents(tx: Tx, events: readonly NewEvent[]): Promise<OutboxEvent[]> {
  if (events.length === 0) return [];
  const given = numberedRows(tx, 'given', events, {
    type: ['text', ({ type }) => type],
    detail: ['json', ({ detail }) => JSON.stringify(detail)],
  });
  const staged = await tx<{ id: bigint; createdAt: string }[]>`
    INSERT INTO outbox (detail_type, detail) SELECT type, detail FROM ${given}
    ORDER BY number
    RETURNING id, created_at AS "createdAt"`;
  return staged.map(({ id, createdAt }, index) => {
    return { rowId: id, event: toBusEvent(id, known(events[index], 'event'), createdAt), operation: null };
  });
}

/**
 * Stages the events of settled operations in the transaction that settles them, by their keys alone.
 *
 * @returns the id of the row of each operation, in order
 */
export async function stageOperations(tx: Tx, operations: readonly OperationKey[]): Promise<bigint[]> {
  if (operations.length === 0) return [];
  const staged = await tx<{ id: bigint }[]>`${insertOperations(tx, operations)} RETURNING id`;
  return operations.map(
    (_operation, index) => known(staged[Math.floor(index / ROW_OPERATIONS)], 'outbox row').id,
  );
}

function insertOperations(sql: Statements, operations: readonly OperationKey[]) {
  const portions = Array.from({ length: Math.ceil(operations.length / ROW_OPERATIONS) }, (_, index) =>
    operations.slice(index * ROW_OPERATIONS, (index + 1) * ROW_OPERATIONS),
  );
  const given = numberedRows(sql, 'given', portions, {
    wallet_ids: ['text', (portion) => arrayOf(portion, ({ walletId }) => walletId)],
    positions: ['text', (portion) => arrayOf(portion, ({ position }) => position)],
  });
  return sql`
    INSERT INTO outbox (wallet_ids, positions) SELECT wallet_ids::bigint[], positions::bigint[] FROM ${given}
    ORDER BY number`;
}

/**
 * Publishes staged events at least once, and deletes those that the bus took.
 *
 * @returns how many the bus took
 * @throws what the bus or the database throws; events that were not deleted are left to the relay
 */
export async function publishStaged(
  sql: Sql,
  bus: Bus,
  rowIds: readonly bigint[],
  tell: Teller,
): Promise<number> {
  if (rowIds.length === 0) return 0;
  const [written, told] = await Promise.all([readWritten(sql, rowIds), tellNamed(sql, rowIds, tell)]);
  const published = await publishEvents(bus, [...written, ...told]);
  await removePublished(sql, published);
  return published.count;
}

async function readWritten(sql: Sql, rowIds: readonly bigint[]): Promise<OutboxEvent[]> {
  const staged = await sql<{ id: bigint; type: EventType; detail: string; createdAt: string }[]>`
    SELECT id, detail_type AS type, detail::text, created_at AS "createdAt" FROM outbox
    WHERE id = ANY (${array(rowIds)}::bigint[]) AND detail IS NOT NULL ORDER BY id`;
  // Its metadata has names of callers: no driver parses them. Its amounts are texts already.
  return staged.map(({ id, type, detail, createdAt }) => {
    const event = { type, detail: parseJson(detail, Number) } as NewEvent;
    return { rowId: id, event: toBusEvent(id, event, createdAt), operation: null };
  });
}

async function tellNamed(sql: Sql, rowIds: readonly bigint[], tell: Teller): Promise<OutboxEvent[]> {
  const named = await sql<(OperationKey & { rowId: bigint })[]>`
    SELECT outbox.id AS "rowId", named.wallet_id AS "walletId", named.position
    FROM outbox CROSS JOIN LATERAL unnest(wallet_ids, positions) WITH ORDINALITY AS named(wallet_id, position, number)
    WHERE outbox.id = ANY (${array(rowIds)}::bigint[]) ORDER BY outbox.id, number`;
  const events = named.length === 0 ? [] : await tell(sql, named);
  return named.map(({ rowId, ...operation }, index) => {
    return { rowId, event: known(events[index], `event of wallet ${operation.walletId}`), operation };
  });
}

/**
 * Publishes events without reading them from the outbox again.
 *
 * @param bus undefined if nobody listens; there are no events then
 * @returns what the bus took, to be removed from the outbox
 * @throws what the bus throws
 */
export async function publishEvents(
  bus: Bus | undefined,
  events: readonly OutboxEvent[],
): Promise<Published> {
  if (bus === undefined || events.length === 0) return NOTHING_PUBLISHED;
  const taken = await bus.publish(events.map(({ event }) => event));
  const rowIds = new Set(events.filter((_event, index) => taken[index]).map(({ rowId }) => rowId));
  return {
    count: taken.filter(Boolean).length,
    rowIds: [...rowIds],
    refused: events.flatMap(({ rowId, operation }, index) =>
      operation === null || taken[index] || !rowIds.has(rowId) ? [] : [operation],
    ),
  };
}

/**
 * Deletes published events. Does nothing about those that are deleted already, but stages again what was refused: it may then
 * come twice.
 */
export async function removePublished(sql: Statements, { rowIds, refused }: Published): Promise<void> {
  if (rowIds.length === 0) return;
  const gone = sql`DELETE FROM outbox WHERE id = ANY (${array(rowIds)}::bigint[])`;
  if (refused.length === 0) await gone;
  else await sql`WITH gone AS (${gone}) ${insertOperations(sql, refused)}`;
}

/** A look at some rows of the outbox, by their ids. */
export interface OutboxPage {
  /** Those that were neither published nor claimed for a while. */
  readonly idle: readonly bigint[];
  /** The largest id looked at: where the next look begins; null after the last row. */
  readonly last: bigint | null;
}

/**
 * Looks at rows by id.
 *
 * @param after only larger ids
 * @param idleSeconds how long a row must have been neither published nor claimed
 * @param limit.rows how many rows to look at, at most
 * @param limit.events how many events they may have; but one row at least
 */
export async function readOutbox(
  sql: Statements,
  after: bigint,
  idleSeconds: number,
  limit: { readonly rows: number; readonly events: number },
): Promise<OutboxPage> {
  const rows = await sql<{ id: bigint; isIdle: boolean; isWithin: boolean }[]>`
    SELECT id, ${isIdle(sql, idleSeconds)} AS "isIdle",
      sum(coalesce(cardinality(positions), 1)) OVER (ORDER BY id) <= ${limit.events} OR row_number() OVER (ORDER BY id) = 1 AS "isWithin"
    FROM (SELECT * FROM outbox WHERE id > ${after} ORDER BY id LIMIT ${limit.rows}) AS portion`;
  const within = rows.filter(({ isWithin }) => isWithin);
  const idle = within.filter((row) => row.isIdle).map(({ id }) => id);
  return {
    idle,
    last: within.length < limit.rows && within.length === rows.length ? null : (within.at(-1)?.id ?? null),
  };
}

/**
 * Claims rows, so that two relays at once don't publish the same events.
 *
 * @param idleSeconds how long a row must have been neither published nor claimed; others are left alone
 * @returns those that it claimed
 */
export async function claimEvents(
  sql: Statements,
  rowIds: readonly bigint[],
  idleSeconds: number,
): Promise<bigint[]> {
  if (rowIds.length === 0) return [];
  const claimed = await sql<{ id: bigint }[]>`
    WITH free AS MATERIALIZED (
      SELECT id FROM outbox WHERE id = ANY (${array(rowIds)}::bigint[]) AND ${isIdle(sql, idleSeconds)}
      FOR UPDATE SKIP LOCKED
    )
    UPDATE outbox SET claimed_at = now() WHERE id = ANY (ARRAY(SELECT id FROM free))
    RETURNING id`;
  return claimed.map(({ id }) => id);
}

const isIdle = (sql: Statements, idleSeconds: number) =>
  sql`coalesce(claimed_at, created_at) < now() - make_interval(secs => ${idleSeconds})`;

/** An event with what the outbox gives it: its id, and its time in RFC 3339. */
export function toBusEvent(id: bigint, { type, detail }: NewEvent, occurredAt: string): BusEvent {
  return { type, detail: { ...detail, EventId: id.toString(), OccurredAt: occurredAt } };
}
