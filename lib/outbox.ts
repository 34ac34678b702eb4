import type { Bus, BusEvent } from './bus.ts';
import { array, type Sql, type Tx } from './db.ts';
import type { EventType, Unstaged } from './events.ts';

/** An event to stage in the transaction that causes it. */
export type StagedEvent = { [T in EventType]: { readonly type: T; readonly detail: Unstaged<T> } }[EventType];

interface OutboxRow {
  readonly id: bigint;
  readonly detail_type: EventType;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly created_at: string;
}

/**
 * Stages events in a transaction; they are published once it has committed.
 *
 * @returns the outbox ids, to publish
 */
export async function stageEvents(tx: Tx, events: readonly StagedEvent[]): Promise<bigint[]> {
  if (events.length === 0) return [];
  const rows = await tx<{ id: bigint }[]>`
    INSERT INTO outbox (detail_type, detail)
    SELECT type, detail::jsonb
    FROM unnest(
      ${array(events.map(({ type }) => type))}::text[],
      ${array(events.map(({ detail }) => JSON.stringify(detail)))}::text[]
    ) AS staged(type, detail)
    RETURNING id`;
  return rows.map(({ id }) => id);
}

/**
 * Publishes staged events and forgets those that the bus took. An event may be published twice, never not at all.
 *
 * @returns how many the bus took
 * @throws what the bus or the database throws; what was not forgotten stays for the relay
 */
export async function publishStaged(sql: Sql, bus: Bus, ids: readonly bigint[]): Promise<number> {
  if (ids.length === 0) return 0;
  const rows = await sql<OutboxRow[]>`
    SELECT id, detail_type, detail, created_at FROM outbox WHERE id = ANY (${array(ids)}::bigint[]) ORDER BY id`;
  const taken = await bus.publish(rows.map(toEvent));
  const published = rows.filter((_row, index) => taken[index]).map(({ id }) => id);
  await sql`DELETE FROM outbox WHERE id = ANY (${array(published)}::bigint[])`;
  return published.length;
}

/**
 * Claims events that nobody published for a while, so that two relays at once don't publish the same ones.
 *
 * @param idleSeconds how long an event was neither published nor claimed
 * @param limit how many at most
 */
export async function claimLeftEvents(tx: Tx, idleSeconds: number, limit: number): Promise<bigint[]> {
  const rows = await tx<{ id: bigint }[]>`
    UPDATE outbox SET claimed_at = now()
    WHERE id IN (
      SELECT id FROM outbox
      WHERE coalesce(claimed_at, created_at) < now() - make_interval(secs => ${idleSeconds})
      ORDER BY id LIMIT ${limit} FOR UPDATE SKIP LOCKED)
    RETURNING id`;
  return rows.map(({ id }) => id);
}

function toEvent({ id, detail_type, detail, created_at }: OutboxRow): BusEvent {
  return { type: detail_type, detail: { ...detail, EventId: id.toString(), OccurredAt: created_at } };
}
