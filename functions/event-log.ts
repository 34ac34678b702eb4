import { readEvent } from '../lib/messaging/event-schemas.ts';
import { entry } from '../lib/runtime/entry.ts';
import { logger } from '../lib/runtime/log.ts';
import { observed } from '../lib/runtime/observed.ts';

/** The fields of an event that a log tells: its other ones are about people and their money. */
const IDS: readonly string[] = [
  'EventId',
  'TransactionId',
  'RefundOf',
  'HoldId',
  'WalletId',
  'OriginWalletId',
  'TargetWalletId',
];

const idsOf = (detail: object) =>
  Object.fromEntries(Object.entries(detail).filter(([name]) => IDS.includes(name)));

/**
 * Makes the shortest subscriber there is: it checks each domain event against its schema and logs its ids. A start for
 * your own.
 */
export const createEventLog =
  () =>
  async (event: unknown): Promise<void> => {
    const { type, detail } = readEvent(event);
    logger.setCorrelationId(detail.CorrelationId);
    logger.info('event', { type, ids: idsOf(detail) });
  };

export const handler = entry()(observed('eventLog', createEventLog));
