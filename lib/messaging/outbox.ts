import { known } from '../ledger/known.ts';
import { array, type Sql, type Statements } from '../postgres/database.ts';
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
export async function stageEvents(sql: Statements, events: readonly NewEvent[]): Promise<OutboxEvent[]> {
  if (events.length === 0) return [];
  const staged = numberedRows(sql, 'staged', events, {
    type: ['text', ({ type }) => type],
    detail: ['json', ({ detail }) => JSON.stringify(detail)],
  });
  const rows = await sql<{ id: bigint; created_at: string }[]>`
    INSERT INTO outbox (detail_type, detail) SELECT type, detail FROM ${staged}
    ORDER BY number
    RETURNING id, created_at`;
  return rows.map(({ id, created_at }, index) =>
    toOutboxEvent(id, known(events[index], 'event'), created_at),
  );
}

/**
 * Publishes staged events and forgets those that the bus took. An event may be published twice, never not at all.
 *
 * @returns how many the bus took
 * @throws what the bus or the database throws; what was not forgotten stays for the relay
 */
export async function publishStaged(sql: Sql, bus: Bus, ids: readonly bigint[]): Promise<number> {
  if (ids.length === 0) return 0;
  const rows = await sql<(NewEvent & { id: bigint; created_at: string })[]>`
    SELECT id, detail_type AS type, detail, created_at FROM outbox WHERE id = ANY (${array(ids)}::bigint[]) ORDER BY id`;
  const taken = await publishEvents(
    bus,
    rows.map((row) => toOutboxEvent(row.id, row, row.created_at)),
  );
  await deleteEvents(sql, taken);
  return taken.length;
}

/**
 * Publishes events that are at hand: whoever staged them need not read them again.
 *
 * @returns the outbox ids of those that the bus took, to be forgotten
 * @throws what the bus throws
 */
export async function publishEvents(bus: Bus, events: readonly OutboxEvent[]): Promise<bigint[]> {
  if (events.length === 0) return [];
  const taken = await bus.publish(events.map(({ event }) => event));
  return events.filter((_event, index) => taken[index]).map(({ id }) => id);
}

/** Deletes events that were published. Those that are gone already don't matter. */
export async function deleteEvents(sql: Statements, ids: readonly bigint[]): Promise<void> {
  if (ids.length > 0) await sql`DELETE FROM outbox WHERE id = ANY (${array(ids)}::bigint[])`;
}

/**
 * Claims events that nobody published for a while, so that two relays at once don't publish the same ones.
 *
 * @param idleSeconds how long an event was neither published nor claimed
 * @param limit how many at most
 */
export async function claimUnpublishedEvents(
  sql: Statements,
  idleSeconds: number,
  limit: number,
): Promise<bigint[]> {
  const rows = await sql<{ id: bigint }[]>`
    UPDATE outbox SET claimed_at = now()
    WHERE id IN (
      SELECT id FROM outbox
      WHERE coalesce(claimed_at, created_at) < now() - make_interval(secs => ${idleSeconds})
      ORDER BY id LIMIT ${limit} FOR UPDATE SKIP LOCKED)
    RETURNING id`;
  return rows.map(({ id }) => id);
}

function toOutboxEvent(id: bigint, { type, detail }: NewEvent, created_at: string): OutboxEvent {
  return { id, event: { type, detail: { ...detail, EventId: id.toString(), OccurredAt: created_at } } };
}
