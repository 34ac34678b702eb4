import type { Graveyard } from '../../../lib/messaging/bury.ts';
import type { WakeUp, WakeUpQueue } from '../../../lib/messaging/wake-ups.ts';
import { at } from '../story/random.ts';
import type { Action, CallFault } from '../story/script.ts';

/** A message in the queue. */
export interface Message {
  readonly number: number;
  readonly group: string;
  readonly body: string;
  receives: number;
  /** Number of processors working on it. */
  workers: number;
}

/** An SQS FIFO queue with its dead-letter queue, controlled by a script. */
export interface SimulatedQueue {
  /** The messages that no processor works on, in order. */
  visible(): Message[];
  isEmpty(): boolean;
  /** The queue's client for a Lambda instance. */
  client(side: QueueSide): WakeUpQueue;
  /** The dead-letter queue's client for a Lambda instance. */
  graveyard(side: QueueSide): Graveyard;
  take(delivery: Extract<Action, { do: 'deliver' }>): Message[];
  /** Ends a delivery: failed messages stay, and go to the dead-letter queue after too many receives. */
  settle(messages: readonly Message[], failed: ReadonlySet<number> | 'all', isKept: boolean): void;
  lose(references: readonly number[]): number;
  sendForeignMessage(group: number): void;
  /** Sends the messages of the dead-letter queue back. */
  redrive(): number;
  /** Ends a step; deduplication ids expire after some steps. */
  tick(): void;
}

/** The faults of a Lambda instance's calls to the queue. */
interface QueueSide {
  /** The fault that strikes this call, if any. */
  strike(): CallFault['how'] | undefined;
  /** Whether ChangeMessageVisibility fails. */
  failsToPostpone(): boolean;
}

/** Receives after which a message goes to the dead-letter queue, as in deployment/queue.yml. */
const MAX_RECEIVES = 30;

/** The most messages that Lambda receives at once. */
const MAX_BATCH = 10;

/** @param deduplicationSteps steps for which a deduplication id is kept, per message group */
export function createQueue(deduplicationSteps: number): SimulatedQueue {
  let messages: Message[] = [];
  let dead: Message[] = [];
  let numbers = 0;
  let now = 0;
  const seen = new Map<string, number>();

  function send({ walletId, group, deduplicationId, correlationId }: WakeUp): void {
    const id = `${group} ${deduplicationId}`;
    const before = seen.get(id);
    if (before !== undefined && now - before < deduplicationSteps) return;
    seen.set(id, now);
    push(group.toString(), JSON.stringify({ walletId: walletId.toString(), correlationId }));
  }

  function push(group: string, body: string): void {
    numbers += 1;
    messages.push({ number: numbers, group, body, receives: 0, workers: 0 });
  }

  const visible = () => messages.filter(({ workers }) => workers === 0);
  const drop = (gone: ReadonlySet<Message>) => {
    messages = messages.filter((message) => !gone.has(message));
  };

  return {
    visible,
    isEmpty: () => messages.length === 0,
    client: (side) => clientOf(side, send),
    graveyard: (side) => graveyardOf(side, (message) => void dead.push(message)),
    take(delivery) {
      const taken = choose(delivery.isExpired ? messages : visible(), delivery);
      for (const message of taken) {
        message.workers += 1;
        message.receives += 1;
      }
      return taken;
    },
    settle(batch, failed, isKept) {
      for (const message of batch) message.workers -= 1;
      const isFailed = ({ number }: Message) => failed === 'all' || failed.has(number);
      const over = batch.filter((message) => isFailed(message) && message.receives >= MAX_RECEIVES);
      dead.push(...over.filter((message) => messages.includes(message)));
      drop(new Set([...over, ...batch.filter((message) => !isFailed(message) && !isKept)]));
    },
    lose(references) {
      const free = visible();
      if (free.length === 0) return 0;
      const lost = new Set(references.map((reference) => at(free, reference)));
      drop(lost);
      return lost.size;
    },
    sendForeignMessage: (group) => push(group.toString(), '{"hello": "world"}'),
    redrive() {
      const back = dead;
      dead = [];
      for (const { group, body } of back) push(group, body);
      return back.length;
    },
    tick() {
      now += 1;
    },
  };
}

/** Chooses the messages of a scripted delivery. */
function choose(
  free: readonly Message[],
  { messages: references, order }: Extract<Action, { do: 'deliver' }>,
): Message[] {
  if (free.length === 0) return [];
  const size = references.length;
  const first = at(free, references[0] ?? 0);
  const ofGroup = free.filter(({ group }) => group === first.group);
  const others = free.filter(({ group }) => group !== first.group);
  const any = [...new Set(references.map((reference) => at(free, reference)))];
  const chosen = {
    group: ofGroup.slice(0, size),
    groups: [...ofGroup.slice(0, Math.ceil(size / 2)), ...others].slice(0, size),
    any,
    'wrong group': any,
  };
  return chosen[order].slice(0, MAX_BATCH);
}

function clientOf(side: QueueSide, send: (wakeUp: WakeUp) => void): WakeUpQueue {
  return {
    async wake(wakeUps) {
      if (wakeUps.length === 0) return;
      const fault = side.strike();
      const taken = { before: 0, part: Math.floor(wakeUps.length / 2), after: wakeUps.length };
      for (const wakeUp of wakeUps.slice(0, fault === undefined ? wakeUps.length : taken[fault]))
        send(wakeUp);
      if (fault !== undefined) throw new Error('the queue did not answer');
    },
    async postpone() {
      if (side.failsToPostpone()) throw new Error('the queue did not answer');
    },
  };
}

function graveyardOf(side: QueueSide, push: (message: Message) => void): Graveyard {
  return {
    async bury(letters) {
      const fault = side.strike();
      const taken = { before: 0, part: Math.floor(letters.length / 2), after: letters.length };
      const isTaken = letters.map((_letter, index) => fault === undefined || index < taken[fault]);
      for (const [index, { group, body }] of letters.entries())
        if (isTaken[index]) push({ number: 0, group, body, receives: 0, workers: 0 });
      if (fault === 'before' || fault === 'after') throw new Error('the queue did not answer');
      return isTaken;
    },
  };
}
