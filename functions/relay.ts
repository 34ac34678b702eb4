import type { Context } from 'aws-lambda';
import { database } from '../lib/aws/database.ts';
import { publish } from '../lib/messaging/event-bus.ts';
import { send } from '../lib/messaging/wake-ups.ts';
import { onceAwake } from '../lib/postgres/awake.ts';
import { entry } from '../lib/runtime/entry.ts';
import { describeError, logger } from '../lib/runtime/log.ts';
import { countUnit, metrics, secondsUnit } from '../lib/runtime/metrics.ts';
import { observed } from '../lib/runtime/observed.ts';
import { IDLE_SECONDS, type RelayDeps, type RelayReport, relayOnce } from '../lib/settle/relay.ts';

/**
 * Milliseconds before the function's deadline at which no part begins another portion. The parts share a connection: a
 * portion's transaction may wait for that of another part, each takes 9 seconds at most (the database's limit), and what
 * follows a commit 6 (two tries of 3 seconds each).
 */
const WRAP_UP_MS = 25_000;

/**
 * Makes the function that does what others left undone.
 *
 * @param idleSeconds how long something must have been left undone; other than IDLE_SECONDS only in tests
 * @throws what a part threw, after the others did their work and all metrics were added
 */
export const createRelay =
  (deps: RelayDeps, idleSeconds = IDLE_SECONDS) =>
  async (_event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<RelayReport> => {
    const isLate = () => context.getRemainingTimeInMillis() < WRAP_UP_MS;
    const report = await relayOnce(deps, idleSeconds, isLate);
    addMetrics(report);
    const { failed, ...done } = report;
    logger.info('relayed', { ...done, failed: failed.map(({ part }) => part) });
    for (const { part, error } of failed)
      logger.error('a part of the relay failed', { part, error: describeError(error) });
    const [first] = failed;
    if (first !== undefined) throw first.error;
    return report;
  };

function addMetrics({ woken, published, expired, oldestPendingSeconds }: RelayReport): void {
  metrics.addMetric('WalletsWokenAgain', countUnit, woken);
  metrics.addMetric('EventsPublishedLate', countUnit, published);
  metrics.addMetric('HoldsExpired', countUnit, expired);
  // Without a look at the pending operations, no age is published, rather than one of zero.
  if (oldestPendingSeconds !== null)
    metrics.addMetric('OldestPendingOperation', secondsUnit, oldestPendingSeconds);
}

export const handler = entry(
  database,
  send,
  publish,
)(
  observed(
    'relay',
    onceAwake((deps: RelayDeps) => createRelay(deps)),
  ),
);
