import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { boundedInTime } from '../aws/client.ts';
import { EVENT_SOURCE, type EventType } from './event-schemas.ts';
import { inCalls } from './in-calls.ts';

/** An event as it goes to the bus. */
export interface BusEvent {
  readonly type: EventType;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Where domain events go. */
export interface Bus {
  /**
   * @returns for each event, in order, whether the bus took it
   * @throws if the bus does not answer
   */
  publish(events: readonly BusEvent[]): Promise<boolean[]>;
}

/** Milliseconds to connect to the bus and to wait for its answer: what takes longer is left to the relay. */
const BOUNDS = { connectMs: 1_000, requestMs: 3_000, attempts: 2 };

/** An EventBridge bus. */
export function eventBridge(busName: string): Bus {
  const client = new EventBridgeClient(boundedInTime(BOUNDS));
  return {
    publish: async (events) =>
      await inCalls(events, async (batch) => {
        const Entries = batch.map(({ type, detail }) => ({
          EventBusName: busName,
          Source: EVENT_SOURCE,
          DetailType: type,
          Detail: JSON.stringify(detail),
        }));
        const { Entries: results = [] } = await client.send(new PutEventsCommand({ Entries }));
        return batch.map((_event, index) => results[index]?.EventId !== undefined);
      }),
  };
}

/** A function's need to publish events (see lib/runtime/entry.ts). */
export const publish = {
  setting: 'EVENT_BUS_NAME',
  open: (busName: string | null) => ({ bus: busName === null ? undefined : eventBridge(busName) }),
} as const;
