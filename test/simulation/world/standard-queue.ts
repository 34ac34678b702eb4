import { at } from '../story/random.ts';

/** A message in a queue, or an event on its way to a subscriber. */
export interface Queued<T> {
  readonly number: number;
  readonly content: T;
  /** Functions that work on it. */
  workers: number;
}

/** A queue without an order, controlled by a script: each message comes at least once. */
export interface StandardQueue<T> {
  /** Sends a message from an instance's slot. It comes once {@link arrive} is called. */
  push(slot: number, content: T): void;
  /** Has what was sent arrive: by slot, as nobody chooses which of several instances is the first to send. */
  arrive(): void;
  /** All messages, also those that a function works on. */
  all(): readonly Queued<T>[];
  /**
   * Takes messages for a function.
   *
   * @param isWanted which may be taken
   * @param isTwice also those that another function works on
   */
  take(
    references: readonly number[],
    isWanted?: (content: T) => boolean,
    isTwice?: boolean,
  ): readonly Queued<T>[];
  /** Ends a function's work: what failed, or comes once more all the same, stays. */
  settle(taken: readonly Queued<T>[], isFailed: (message: Queued<T>) => boolean, isKept?: boolean): void;
}

export function createStandardQueue<T>(): StandardQueue<T> {
  let messages: Queued<T>[] = [];
  let sent: { readonly slot: number; readonly content: T }[] = [];
  let numbers = 0;
  return {
    push(slot, content) {
      sent.push({ slot, content });
    },
    arrive() {
      for (const { content } of sent.sort((a, b) => a.slot - b.slot)) {
        numbers += 1;
        messages.push({ number: numbers, content, workers: 0 });
      }
      sent = [];
    },
    all: () => messages,
    take(references, isWanted = () => true, isTwice = false) {
      const free = messages.filter(({ workers, content }) => (isTwice || workers === 0) && isWanted(content));
      if (free.length === 0) return [];
      const taken = [...new Set(references.map((reference) => at(free, reference)))];
      for (const message of taken) message.workers += 1;
      return taken;
    },
    settle(taken, isFailed, isKept = false) {
      for (const message of taken) message.workers -= 1;
      const gone = new Set(taken.filter((message) => !isKept && !isFailed(message)));
      messages = messages.filter((message) => !gone.has(message));
    },
  };
}
