import type { DeadLetter, DeadLetterQueue } from '../messaging/dead-letters.ts';
import { deduplicationId, type WakeUpQueue } from '../messaging/wake-ups.ts';
import type { Sql } from '../postgres/database.ts';
import { walletGroups } from '../wallets/wallets.ts';

/** What came of sending letters back. */
export interface RedriveReport {
  readonly sent: readonly DeadLetter[];
  /** Unreadable messages and messages for unknown wallets; they stay in the queue. */
  readonly left: readonly DeadLetter[];
}

/**
 * Looks at dead letters and puts them back. It finds only the first of each group: while some messages of a group are
 * received and not deleted, a FIFO queue hands out no more of it.
 *
 * @param max how many at most
 */
export async function peekDeadLetters(deadLetters: DeadLetterQueue, max: number): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  try {
    while (letters.length < max) {
      const received = await deadLetters.receive(max - letters.length);
      if (received.length === 0) break;
      letters.push(...received);
    }
    return letters;
  } finally {
    await deadLetters.putBack(letters);
  }
}

/**
 * Sends dead letters back to the queue that wakes the processor, each to its wallet's current group, and deletes a letter
 * only after that queue took it. So a letter may be sent twice, which does no harm.
 *
 * @param max how many letters to handle at most
 * @param newId makes an id for each letter, unique in all runs
 * @throws what the queues or the database throw; letters not yet sent stay
 */
export async function redrive(
  { sql, queue, deadLetters }: { sql: Sql; queue: WakeUpQueue; deadLetters: DeadLetterQueue },
  max: number,
  newId: () => string,
): Promise<RedriveReport> {
  const sent: DeadLetter[] = [];
  const left = new Map<string, DeadLetter>();
  try {
    for (let handled = 0; handled < max; ) {
      const letters = await deadLetters.receive(max - handled);
      if (letters.length === 0) break;
      handled += letters.length;
      for (const letter of letters) left.set(letter.messageId, letter);
      const taken = await sendBack(sql, queue, letters, newId);
      for (const { messageId } of taken) left.delete(messageId);
      await deadLetters.remove(taken);
      sent.push(...taken);
    }
  } finally {
    await deadLetters.putBack([...left.values()]);
  }
  return { sent, left: [...left.values()] };
}

/** @returns the letters that the queue took */
async function sendBack(
  sql: Sql,
  queue: WakeUpQueue,
  letters: readonly DeadLetter[],
  newId: () => string,
): Promise<DeadLetter[]> {
  const walletIds = letters.flatMap(({ wakeUp }) => (wakeUp === undefined ? [] : [wakeUp.walletId]));
  const groups = await walletGroups(sql, walletIds);
  const sendable = letters.flatMap((letter) => {
    const { wakeUp } = letter;
    const group = wakeUp && groups.get(wakeUp.walletId);
    return wakeUp === undefined || group === undefined ? [] : [{ letter, ...wakeUp, group }];
  });
  await queue.wake(
    sendable.map(({ walletId, group, correlationId }) => {
      return { walletId, group, correlationId, deduplicationId: deduplicationId('redrive', newId()) };
    }),
  );
  return sendable.map(({ letter }) => letter);
}
