import { readEvent } from '../lib/messaging/event-schemas.ts';
import { entry } from '../lib/runtime/entry.ts';
import { logger } from '../lib/runtime/log.ts';
import { observed } from '../lib/runtime/observed.ts';

/**
 * Makes the shortest subscriber there is: it checks each domain event against its schema and logs it. A start for your
 * own.
 */
export const createEventLog =
  () =>
  async (event: unknown): Promise<void> => {
    const { type, detail } = readEvent(event);
    logger.setCorrelationId(detail.CorrelationId);
    logger.info('event', { type, detail });
  };

export const handler = entry()(observed('eventLog', createEventLog));
