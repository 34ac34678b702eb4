import type { Context, SQSBatchResponse } from 'aws-lambda';
import { publish } from '../lib/messaging/event-bus.ts';
import { readBatch, send } from '../lib/messaging/wake-ups.ts';
import { database } from '../lib/postgres/database.ts';
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

/** Seconds until a message that is no wake-up comes again, on its way to the dead-letter queue. */
const FOREIGN_DELAY_SECONDS = 1;

/** Makes the function that settles the operations which a batch of wake-ups is about. */
export function createProcessor(given: ProcessorDeps) {
  const deps = { ...given, searched: new Map<number, bigint>() };
  return async (
    event: unknown,
    context: Pick<Context, 'getRemainingTimeInMillis'>,
  ): Promise<SQSBatchResponse> => {
    const { wakeUps, foreignMessages } = readBatch(event);
    const isLate = () => context.getRemainingTimeInMillis() < WRAP_UP_MS;
    const report = await processBatch(deps, wakeUps, isLate);
    const failed = [
      ...report.failed.map(({ message, delaySeconds }) => ({ ...message, delaySeconds })),
      ...foreignMessages.map((message) => ({ ...message, delaySeconds: FOREIGN_DELAY_SECONDS })),
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
      foreignMessages: foreignMessages.length,
      correlationIds: wakeUps.map(({ correlationId }) => correlationId),
    });
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
}

export const handler = entry(database, send, publish)(observed('processor', createProcessor));
