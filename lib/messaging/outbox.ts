import { known } from '../ledger/known.ts';
import { array, type Sql, type Statements, type Tx } from '../postgres/database.ts';
import { numberedRows } from '../postgres/rows.ts';
import type { Bus, BusEvent } from './event-bus.ts';
import type { EventDetail, EventType } from './event-schemas.ts';

/** An event to stage in the transaction that causes it. */
export type NewEvent = { [T in EventType]: { readonly type: T; readonly detail: EventDetail<T> } }[EventType];

/** An event as it stands in the outbox. */
export interface OutboxEvent {
  readonly id: bigint;
  readonly event: BusEvent;
}

/**
 * Stages events in a transaction; they are published once it has committed.
 *
 * @returns the events with their outbox ids, to publish
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
  return staged.map(({ id, createdAt }, index) =>
    toOutboxEvent(id, known(events[index], 'event'), createdAt),
  );
}

/**
 * Publishes staged events at least once, and deletes those that the bus took.
 *
 * @returns how many the bus took
 * @throws what the bus or the database throws; events that were not deleted are left to the relay
 */
export async function publishStaged(sql: Sql, bus: Bus, ids: readonly bigint[]): Promise<number> {
  if (ids.length === 0) return 0;
  const staged = await sql<(NewEvent & { id: bigint; createdAt: string })[]>`
    SELECT id, detail_type AS type, detail, created_at AS "createdAt" FROM outbox
    WHERE id = ANY (${array(ids)}::bigint[]) ORDER BY id`;
  const taken = await publishEvents(
    bus,
    staged.map((event) => toOutboxEvent(event.id, event, event.createdAt)),
  );
  await deleteEvents(sql, taken);
  return taken.length;
}

/**
 * Publishes events without reading them from the outbox again.
 *
 * @returns the outbox ids of those that the bus took, to be deleted
 * @throws what the bus throws
 */
export async function publishEvents(bus: Bus, events: readonly OutboxEvent[]): Promise<bigint[]> {
  if (events.length === 0) return [];
  const taken = await bus.publish(events.map(({ event }) => event));
  return events.filter((_event, index) => taken[index]).map(({ id }) => id);
}

/** Deletes published events; does nothing about those that are deleted already. */
export async function deleteEvents(sql: Statements, ids: readonly bigint[]): Promise<void> {
  if (ids.length > 0) await sql`DELETE FROM outbox WHERE id = ANY (${array(ids)}::bigint[])`;
}

/** A look at some events of the outbox, by their ids. */
export interface OutboxPage {
  /** Those that were neither published nor claimed for a while. */
  readonly idle: readonly bigint[];
  /** The largest id looked at: where the next look begins; null after the last event. */
  readonly last: bigint | null;
}

/**
 * Looks at events by id.
 *
 * @param after only larger ids
 * @param idleSeconds how long an event must have been neither published nor claimed
 * @param limit how many events to look at, at most
 */
export async function readOutbox(
  sql: Statements,
  after: bigint,
  idleSeconds: number,
  limit: number,
): Promise<OutboxPage> {
  const events = await sql<{ id: bigint; isIdle: boolean }[]>`
    SELECT id, ${isIdle(sql, idleSeconds)} AS "isIdle" FROM outbox
    WHERE id > ${after} ORDER BY id LIMIT ${limit}`;
  const idle = events.filter((event) => event.isIdle).map(({ id }) => id);
  return { idle, last: events.length < limit ? null : (events.at(-1)?.id ?? null) };
}

/**
 * Claims events, so that two relays at once don't publish the same ones.
 *
 * @param idleSeconds how long an event must have been neither published nor claimed; others are left alone
 * @returns those that it claimed
 */
export async function claimEvents(
  sql: Statements,
  ids: readonly bigint[],
  idleSeconds: number,
): Promise<bigint[]> {
  if (ids.length === 0) return [];
  const claimed = await sql<{ id: bigint }[]>`
    WITH free AS MATERIALIZED (
      SELECT id FROM outbox WHERE id = ANY (${array(ids)}::bigint[]) AND ${isIdle(sql, idleSeconds)}
      FOR UPDATE SKIP LOCKED
    )
    UPDATE outbox SET claimed_at = now() WHERE id = ANY (ARRAY(SELECT id FROM free))
    RETURNING id`;
  return claimed.map(({ id }) => id);
}

const isIdle = (sql: Statements, idleSeconds: number) =>
  sql`coalesce(claimed_at, created_at) < now() - make_interval(secs => ${idleSeconds})`;

function toOutboxEvent(id: bigint, { type, detail }: NewEvent, createdAt: string): OutboxEvent {
  return { id, event: { type, detail: { ...detail, EventId: id.toString(), OccurredAt: createdAt } } };
}
