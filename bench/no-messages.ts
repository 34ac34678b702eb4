import type { Bus } from '../lib/messaging/event-bus.ts';
import type { WakeUpQueue } from '../lib/messaging/wake-ups.ts';

/** Takes every wake-up and sends none, for measurements that leave the queue out. */
export const NO_QUEUE: WakeUpQueue = { wake: async () => {}, postpone: async () => {} };

/** Takes every event and sends none, for measurements that leave the bus out. */
export const NO_BUS: Bus = { publish: async (events) => events.map(() => true) };
