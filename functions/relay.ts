import { eventBridge } from '../lib/messaging/event-bus.ts';
import { sqs } from '../lib/messaging/wake-ups.ts';
import { openDatabase } from '../lib/postgres/database.ts';
import { readConfig } from '../lib/runtime/config.ts';
import { logger } from '../lib/runtime/log.ts';
import { countUnit, metrics, secondsUnit } from '../lib/runtime/metrics.ts';
import { type RelayDeps, type RelayReport, relayOnce } from '../lib/settle/relay.ts';

/** Makes the function that does what others left undone. */
export const createRelay = (deps: RelayDeps) => async (): Promise<RelayReport> => {
  const report = await relayOnce(deps);
  metrics.addMetric('WalletsWokenAgain', countUnit, report.woken);
  metrics.addMetric('EventsPublishedLate', countUnit, report.published);
  metrics.addMetric('OldestPendingOperation', secondsUnit, report.oldestPendingSeconds);
  metrics.publishStoredMetrics();
  logger.info('relayed', { ...report });
  return report;
};

const config = readConfig(['DATABASE_URL', 'QUEUE_URL', 'EVENT_BUS_NAME']);

export const handler = createRelay({
  sql: openDatabase(config.DATABASE_URL),
  queue: sqs(config.QUEUE_URL),
  bus: eventBridge(config.EVENT_BUS_NAME),
});
