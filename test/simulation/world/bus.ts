import type { Bus, BusEvent } from '../../../lib/messaging/event-bus.ts';
import { EVENT_SCHEMAS } from '../../../lib/messaging/event-schemas.ts';
import { must } from '../checks/violation.ts';
import type { CallFault } from '../story/script.ts';

/** An event bus that keeps the events it accepted. */
export interface SimulatedBus {
  client(side: { readonly slot: number; strike(): CallFault['how'] | undefined }): Bus;
  /** Every accepted event, once each, by its id. */
  readonly events: ReadonlyMap<string, BusEvent>;
  /** A rule that an event broke. Kept instead of thrown, because a throw in `publish` would look like a fault. */
  takeBreach(): Error | undefined;
}

/** @param onTaken is told each event that the bus takes from a slot's instance, as often as it takes it */
export function createBus(onTaken: (slot: number, event: BusEvent) => void): SimulatedBus {
  const events = new Map<string, BusEvent>();
  let breach: Error | undefined;

  function accept(slot: number, event: BusEvent): void {
    try {
      check(event, events);
    } catch (error) {
      breach ??= error as Error;
    }
    events.set(String(event.detail['EventId']), event);
    onTaken(slot, event);
  }

  return {
    events,
    takeBreach() {
      const found = breach;
      breach = undefined;
      return found;
    },
    client: ({ slot, strike }) => ({
      async publish(published) {
        if (published.length === 0) return [];
        const fault = strike();
        if (fault === 'before') throw new Error('the bus did not answer');
        const taken = published.map((event, index) => {
          if (fault === 'part' && index % 2 === 0) return false;
          accept(slot, event);
          return true;
        });
        if (fault === 'after') throw new Error('the bus did not answer');
        return taken;
      },
    }),
  };
}

function check(event: BusEvent, events: ReadonlyMap<string, BusEvent>): void {
  const read = EVENT_SCHEMAS[event.type].safeParse(event.detail);
  must(read.success, 'events match their schemas', () => `${event.type} ${JSON.stringify(event.detail)}`);
  const before = events.get(String(event.detail['EventId']));
  must(
    before === undefined || JSON.stringify(before) === JSON.stringify(event),
    'an event that is published twice is the same',
    () => `${JSON.stringify(before)} and ${JSON.stringify(event)}`,
  );
}
