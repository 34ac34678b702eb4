import { deliver } from '../story/perform-delivery.ts';
import { emptyStep, type World } from '../world/world.ts';
import { show } from './check-legs.ts';
import { checkStep } from './check-step.ts';
import { isTerminal, type Operation } from './journal.ts';
import { must } from './violation.ts';

/** Relay passes after which everything must have come to its end: one for what was lost, one to be sure. */
const PASSES = 3;

/** Batches delivered in one pass: far more than a run leaves. */
const MAX_BATCHES = 5_000;

const ANY_GROUP = {
  do: 'deliver',
  messages: Array<number>(10).fill(0),
  order: 'groups',
  isExpired: false,
  isKept: false,
} as const;

/** When faults stop, every accepted operation comes to its end within a bounded number of relay passes. */
export async function calmDown(world: World): Promise<void> {
  const [lambda] = world.lambdas;
  if (lambda === undefined) throw new Error('there is no instance');
  world.step = emptyStep();
  world.queue.redrive();
  for (let pass = 1; pass <= PASSES; pass++) {
    await lambda.begin({}, undefined);
    await lambda.relayAll();
    for (let batch = 0; batch < MAX_BATCHES && !world.queue.isEmpty(); batch++) {
      await deliver(world, lambda, ANY_GROUP);
    }
    await lambda.end();
  }
  await checkStep(world);
  await checkEnds(world);
}

async function checkEnds({ sql, journal, queue, bus }: World): Promise<void> {
  const open = [...journal.byTransaction.values()].filter((legs) => !isTerminal(legs));
  must(
    open.length === 0 && journal.pending.size === 0,
    'every accepted operation comes to its end once faults stop',
    () => open.map((legs) => legs.map(show).join(' ')).join('\n'),
  );
  must(queue.isEmpty(), 'every message is handled once faults stop', () => show(queue.visible()));
  const outbox = await sql`SELECT id, detail_type FROM outbox`;
  must(outbox.length === 0, 'every event is published once faults stop', () => show(outbox));
  for (const [id, { inTransit }] of journal.wallets) {
    must(
      inTransit === 0n,
      'no money is in transit once everything ended',
      () => `${inTransit} of wallet ${id}`,
    );
  }
  checkEvents([...journal.byTransaction.values()], [...bus.events.values()]);
}

type Event = { readonly type: string; readonly detail: Readonly<Record<string, unknown>> };

/** Each transaction that ended has one event that says so, however often it was published; so has each hold's change. */
function checkEvents(transactions: readonly (readonly Operation[])[], events: readonly Event[]): void {
  const found = Map.groupBy(events, ({ detail }) => {
    const { TransactionId, HoldId, CorrelationId } = detail;
    return typeof TransactionId === 'string' ? TransactionId : `${String(HoldId)} ${String(CorrelationId)}`;
  });
  // Several requests may have asked for the same about a hold, and events tell of the hold, not of the request.
  const ended = Map.groupBy(transactions, ([first]) => {
    return isOfHold(first) ? `${first?.holdId} ${first?.correlationId}` : (first?.transactionId ?? '');
  });
  for (const [id, group] of ended) {
    const expected = group.map(eventOf).sort();
    const told = (found.get(id) ?? [])
      .map(({ type, detail }) => `${type} ${typeof detail['Reason'] === 'string' ? detail['Reason'] : ''}`)
      .sort();
    must(
      show(told) === show(expected),
      'each transaction that ended has its event',
      () =>
        `${group.map((legs) => legs.map(show).join(' ')).join('\n')}\nhas ${show(told)}, not ${show(expected)}`,
    );
  }
}

const isOfHold = (first: Operation | undefined): boolean =>
  ['hold', 'release', 'expiry'].includes(first?.leg ?? '');

function eventOf(legs: readonly Operation[]): string {
  const last = legs.at(-1);
  const isDone = last?.status === 'success' && last.leg !== 'return';
  if (isOfHold(last)) return isDone ? 'HoldChanged ' : `HoldRefused ${last?.reason}`;
  return isDone ? 'TransactionSucceeded ' : `TransactionDeclined ${last?.reason}`;
}
