import type { Context, SQSBatchResponse } from 'aws-lambda';
import { databaseForTwo as database } from '../lib/aws/database.ts';
import { bury, type Graveyard } from '../lib/messaging/bury.ts';
import { publish } from '../lib/messaging/event-bus.ts';
import { type Letter, letterOf, readBatch, send } from '../lib/messaging/wake-ups.ts';
import { entry } from '../lib/runtime/entry.ts';
import { describeError, logger } from '../lib/runtime/log.ts';
import { countUnit, metrics } from '../lib/runtime/metrics.ts';
import { observed } from '../lib/runtime/observed.ts';
import { type ProcessorDeps, processBatch } from '../lib/settle/processor.ts';

/**
 * Milliseconds before the function's deadline at which it begins nothing more: a transaction takes 9 seconds at most
 * (the database's limit), what follows its commit 6 (two tries of 3 seconds each).
 */
const WRAP_UP_MS = 16_000;

/** Seconds until a message comes again that the dead-letter queue did not take. */
const UNBURIED_DELAY_SECONDS = 1;

const HOPELESS = 'its wallet failed by itself each time';

interface Deps extends ProcessorDeps {
  readonly graveyard: Graveyard;
}

/** Makes the function that settles the operations which a batch of wake-ups is about. */
export function createProcessor(given: Deps) {
  const deps = { ...given, searched: new Map<number, bigint>() };
  return async (
    event: unknown,
    context: Pick<Context, 'getRemainingTimeInMillis'>,
  ): Promise<SQSBatchResponse> => {
    const { wakeUps, unreadable } = readBatch(event);
    const isLate = () => context.getRemainingTimeInMillis() < WRAP_UP_MS;
    const [report, unread] = await Promise.all([
      processBatch(deps, wakeUps, isLate),
      buryLetters(deps.graveyard, unreadable),
    ]);
    const unburied = [
      ...unread,
      ...(await buryLetters(
        deps.graveyard,
        report.hopeless.map((wakeUp) => ({
          ...letterOf(wakeUp, HOPELESS),
          receiptHandle: wakeUp.receiptHandle,
        })),
      )),
    ];
    const failed = [
      ...report.failed.map(({ message, delaySeconds }) => ({ ...message, delaySeconds })),
      ...unburied.map((message) => ({ ...message, delaySeconds: UNBURIED_DELAY_SECONDS })),
    ];
    await Promise.all(
      failed.map(({ receiptHandle, delaySeconds }) =>
        deps.queue.postpone(receiptHandle, delaySeconds).catch((error: unknown) => {
          logger.warn('comes again after the whole visibility timeout', { error: describeError(error) });
        }),
      ),
    );
    metrics.addMetric('OperationsSettled', countUnit, report.succeeded);
    metrics.addMetric('OperationsDeclined', countUnit, report.declined);
    metrics.addMetric('MessagesFailed', countUnit, failed.length);
    logger.info('batch settled', {
      succeeded: report.succeeded,
      declined: report.declined,
      failed: failed.length,
      buried: unreadable.length + report.hopeless.length - unburied.length,
      correlationIds: wakeUps.map(({ correlationId }) => correlationId),
    });
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
}

/**
 * Sends letters to the dead-letter queue, so that they hold up their groups no longer; the queue of wake-ups deletes what
 * does not come back.
 *
 * @returns those that were not taken
 */
async function buryLetters<L extends Letter>(graveyard: Graveyard, letters: readonly L[]): Promise<L[]> {
  if (letters.length === 0) return [];
  const taken = await graveyard.bury(letters).catch((error: unknown) => {
    logger.warn('the dead-letter queue did not answer', { error: describeError(error) });
    return letters.map(() => false);
  });
  for (const [index, { messageId, group, reason }] of letters.entries())
    logger.error('dead letter', { messageId, group, reason, isTaken: taken[index] ?? false });
  return letters.filter((_letter, index) => !taken[index]);
}

export const handler = entry(database, send, bury, publish)(observed('processor', createProcessor));
