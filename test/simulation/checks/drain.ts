import { deliver } from '../story/perform-delivery.ts';
import { followAll } from '../story/perform-follow.ts';
import { count, emptyStep, type World } from '../world/world.ts';
import { checkAlerts } from './check-alerts.ts';
import { show } from './check-legs.ts';
import { failedOf } from './check-linked.ts';
import { checkReadersAtEnd } from './check-readers.ts';
import { checkStep } from './check-step.ts';
import { drainWebhooks } from './drain-webhooks.ts';
import { isLinked, isTerminal, isWaiting, type Operation } from './journal.ts';
import { must } from './violation.ts';

/** Relay passes after which every operation must have ended: one for lost messages, the others to be sure. */
const PASSES = 3;

/** Most batches delivered in one pass: far more than a run leaves. */
const MAX_BATCHES = 5_000;

const ANY_GROUP = {
  do: 'deliver',
  messages: Array<number>(10).fill(0),
  order: 'groups',
  isExpired: false,
  isKept: false,
} as const;

/** Runs the system without faults, and checks that every accepted operation ends within a bounded number of relay passes. */
export async function drain(world: World): Promise<void> {
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
  await lambda.begin({}, undefined);
  await followAll(world, lambda);
  await lambda.end();
  checkReadersAtEnd(world);
  await drainWebhooks(world, lambda);
}

async function checkEnds(world: World): Promise<void> {
  const { sql, journal, queue, bus } = world;
  const open = [...journal.byTransaction.values()].filter((legs) => !isTerminal(legs) && !isWaiting(legs));
  must(
    open.length === 0 && journal.pending.size === 0,
    'every accepted operation ends once faults stop',
    () => open.map((legs) => legs.map(show).join(' ')).join('\n'),
  );
  must(journal.over.size === 0, 'every hold that is over expires once faults stop', () =>
    [...journal.over].join(' '),
  );
  must(queue.isEmpty(), 'every message is handled once faults stop', () => show(queue.visible()));
  const outbox = await sql`SELECT id, detail_type FROM outbox`;
  must(outbox.length === 0, 'every event is published once faults stop', () => show(outbox));
  for (const [id, { inTransit }] of journal.wallets) {
    must(
      inTransit === 0n,
      'no money is in transit once all operations ended',
      () => `${inTransit} of wallet ${id}`,
    );
  }
  const events = [...bus.events.values()];
  checkAlerts(journal, events);
  count(world, 'alerts seen', journal.alerts.size);
  count(world, 'alerts fired', events.filter(({ type }) => type === 'BalanceCrossed').length);
  const ofTransactions = events.filter(({ type }) => type !== 'BalanceCrossed');
  checkEvents([...journal.byTransaction.values()], ofTransactions);
}

type Event = { readonly type: string; readonly detail: Readonly<Record<string, unknown>> };

/** Checks that each ended transaction, and each change of a hold, has one event, however often it was published. */
function checkEvents(transactions: readonly (readonly Operation[])[], events: readonly Event[]): void {
  const found = Map.groupBy(events, ({ detail }) => {
    const { TransactionId, HoldId, CorrelationId } = detail;
    return typeof TransactionId === 'string' ? TransactionId : `${String(HoldId)} ${String(CorrelationId)}`;
  });
  // Several requests may have made the same change to a hold, and events name the hold, not the request.
  const ended = Map.groupBy(transactions, ([first]) => {
    return isOfHold(first) ? `${first?.holdId} ${first?.correlationId}` : (first?.transactionId ?? '');
  });
  for (const [id, group] of ended) {
    const expected = group.flatMap(eventsOf).sort();
    const published = (found.get(id) ?? []).map(textOf).sort();
    must(
      show(published) === show(expected),
      'each ended transaction has its event',
      () =>
        `${group.map((legs) => legs.map(show).join(' ')).join('\n')}\nhas ${show(published)}, not ${show(expected)}`,
    );
  }
}

const isOfHold = (first: Operation | undefined): boolean =>
  ['hold', 'release', 'expiry'].includes(first?.leg ?? '');

function textOf({ type, detail }: Event): string {
  const { Reason, Number: number, Transfers } = detail;
  const transfers = Transfers === undefined ? '' : ` ${JSON.stringify(Transfers)}`;
  return `${type} ${typeof Reason === 'string' ? Reason : ''}${typeof number === 'number' ? number : ''}${transfers}`;
}

function eventsOf(legs: readonly Operation[]): string[] {
  if (legs.some(isLinked)) return [linkedEventOf(legs)];
  const isHeld = legs[0]?.leg === 'payout_hold' && legs[0].status === 'success';
  return [...(isHeld ? ['PayoutHeld '] : []), ...(isWaiting(legs) ? [] : [eventOf(legs)])];
}

/** One for all of a linked transaction. */
function linkedEventOf(legs: readonly Operation[]): string {
  const failed = failedOf(legs);
  const Transfers = legs
    .filter(({ leg }) => leg !== 'linked_credit')
    .map(({ leg, walletId, counterpartyId, amount, currency }) => ({
      ...(leg === 'linked_receipt' ? {} : { OriginWalletId: `${walletId}` }),
      ...(leg === 'linked_payout' ? {} : { TargetWalletId: `${counterpartyId ?? walletId}` }),
      Amount: `${amount}`,
      Currency: currency,
    }));
  return failed === undefined
    ? textOf({ type: 'LinkedSucceeded', detail: { Transfers } })
    : textOf({ type: 'LinkedDeclined', detail: { Reason: failed.reason, Number: failed.number, Transfers } });
}

function eventOf(legs: readonly Operation[]): string {
  const last = legs.at(-1);
  if (last?.leg === 'payout_cancel') return 'TransactionDeclined cancelled';
  const isDone = last?.status === 'success' && last.leg !== 'return';
  if (isOfHold(last)) return isDone ? 'HoldChanged ' : `HoldRefused ${last?.reason}`;
  return isDone ? 'TransactionSucceeded ' : `TransactionDeclined ${last?.reason}`;
}
