import type { Bus } from './event-bus.ts';

/** An EventBridge bus whose client is loaded by the first event: most requests publish none. */
function eventBridgeLater(busName: string): Bus {
  let opened: Promise<Bus> | undefined;
  return {
    async publish(events) {
      opened ??= import('./event-bus.ts').then(({ eventBridge }) => eventBridge(busName));
      return await (await opened).publish(events);
    },
  };
}

/** The need to publish events of a function that seldom does (see lib/runtime/entry.ts). */
export const publish = {
  setting: 'EVENT_BUS_NAME',
  open: (busName: string | null) => ({ bus: busName === null ? undefined : eventBridgeLater(busName) }),
} as const;
