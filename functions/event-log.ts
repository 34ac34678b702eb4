import { readEvent } from '../lib/messaging/event-schemas.ts';
import { logger } from '../lib/runtime/log.ts';

/** The shortest subscriber there is: checks each domain event against its schema and logs it. A start for your own. */
export const handler = async (event: unknown): Promise<void> => {
  const { type, detail } = readEvent(event);
  logger.setCorrelationId(detail.CorrelationId);
  logger.info('event', { type, detail });
};
