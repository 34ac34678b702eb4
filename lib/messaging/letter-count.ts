import { boundedInTime } from '../aws/client.ts';
import { sqsDeadLetters } from './dead-letters.ts';

/** Milliseconds to connect to the queue and to wait for its answer: an overview does without it rather than waiting. */
const BOUNDS = { connectMs: 500, requestMs: 500, attempts: 1 };

/** How many messages wait in the dead-letter queue; an estimate on AWS. Null if the queue does not answer. */
export type CountLetters = () => Promise<number | null>;

/** A function's need to count them (see lib/runtime/entry.ts). */
export const countLetters = {
  setting: 'DEAD_LETTER_QUEUE_URL',
  open: (queueUrl: string): { readonly countLetters: CountLetters } => {
    const queue = sqsDeadLetters(queueUrl, boundedInTime(BOUNDS));
    return { countLetters: () => queue.count().catch(() => null) };
  },
} as const;
