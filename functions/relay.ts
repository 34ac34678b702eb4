import { eventBridge } from '../lib/bus.ts';
import { readConfig } from '../lib/config.ts';
import { openDatabase } from '../lib/db.ts';
import { logger } from '../lib/log.ts';
import { countUnit, metrics, secondsUnit } from '../lib/metrics.ts';
import { sqs } from '../lib/queue.ts';
import { type RelayDeps, type RelayReport, relayOnce } from '../lib/relaying.ts';

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
