import { publish } from '../lib/messaging/event-bus.ts';
import { send } from '../lib/messaging/wake-ups.ts';
import { database } from '../lib/postgres/database.ts';
import { entry } from '../lib/runtime/entry.ts';
import { logger } from '../lib/runtime/log.ts';
import { countUnit, metrics, secondsUnit } from '../lib/runtime/metrics.ts';
import { observed } from '../lib/runtime/observed.ts';
import { type RelayDeps, type RelayReport, relayOnce } from '../lib/settle/relay.ts';

/** Makes the function that does what others left undone. */
export const createRelay = (deps: RelayDeps) => async (): Promise<RelayReport> => {
  const report = await relayOnce(deps);
  metrics.addMetric('WalletsWokenAgain', countUnit, report.woken);
  metrics.addMetric('EventsPublishedLate', countUnit, report.published);
  metrics.addMetric('OldestPendingOperation', secondsUnit, report.oldestPendingSeconds);
  logger.info('relayed', { ...report });
  return report;
};

export const handler = entry(database, send, publish)(observed('relay', createRelay));
