import type { Files } from '../../../lib/aws/files.ts';
import type { Graveyard } from '../../../lib/messaging/bury.ts';
import type { Bus, BusEvent } from '../../../lib/messaging/event-bus.ts';
import type { Letter, WakeUp, WakeUpQueue } from '../../../lib/messaging/wake-ups.ts';
import type { Look, PostResult, ResultQueue } from '../../../lib/webhooks/queues.ts';

/** A queue in memory that a test delivers from as it likes. */
export interface MemoryQueue extends WakeUpQueue {
  readonly sent: WakeUp[];
  readonly postponed: { receiptHandle: string; delaySeconds: number }[];
  isDown: boolean;
}

export interface MemoryBus extends Bus {
  readonly events: BusEvent[];
  /** How many events in a row it refuses next. */
  refuses: number;
  isDown: boolean;
}

export function memoryQueue(): MemoryQueue {
  return {
    sent: [],
    postponed: [],
    isDown: false,
    async wake(wakeUps) {
      if (this.isDown) throw new Error('the queue does not answer');
      this.sent.push(...wakeUps);
    },
    async postpone(receiptHandle, delaySeconds) {
      this.postponed.push({ receiptHandle, delaySeconds });
    },
  };
}

/** A dead-letter queue in memory. */
export interface MemoryGraveyard extends Graveyard {
  readonly letters: Letter[];
  isDown: boolean;
}

export function memoryGraveyard(): MemoryGraveyard {
  return {
    letters: [],
    isDown: false,
    async bury(letters) {
      if (this.isDown) throw new Error('the dead-letter queue does not answer');
      this.letters.push(...letters);
      return letters.map(() => true);
    },
  };
}

export function memoryBus(): MemoryBus {
  return {
    events: [],
    refuses: 0,
    isDown: false,
    async publish(events) {
      if (this.isDown) throw new Error('the bus does not answer');
      return events.map((event) => {
        if (this.refuses > 0) {
          this.refuses -= 1;
          return false;
        }
        this.events.push(event);
        return true;
      });
    },
  };
}

/** A queue of results and looks in memory. */
export interface MemoryResults extends ResultQueue {
  readonly sent: { readonly message: PostResult | Look; readonly delaySeconds: number }[];
}

export function memoryResults(): MemoryResults {
  return {
    sent: [],
    async send(message, delaySeconds = 0) {
      this.sent.push({ message, delaySeconds });
    },
  };
}

/** Files in memory; a file's URL is its name and its number. */
export interface MemoryFiles extends Files {
  readonly stored: { readonly name: string; readonly contentType: string; readonly text: string }[];
}

export function memoryFiles(): MemoryFiles {
  return {
    stored: [],
    async store({ name, contentType, content }) {
      const chunks: Buffer[] = [];
      for await (const chunk of content) chunks.push(chunk);
      this.stored.push({ name, contentType, text: Buffer.concat(chunks).toString() });
      return `https://files.example.com/${this.stored.length}/${name}`;
    },
  };
}
