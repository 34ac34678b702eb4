import { isDeepStrictEqual } from 'node:util';
import { parseOrUndefined } from '../../../lib/wire/json.ts';
import { verified } from '../../support/webhooks/verified.ts';
import type { Arrival } from '../world/receivers.ts';
import { count, type World } from '../world/world.ts';
import { show } from './check-legs.ts';
import { must } from './violation.ts';
import { type Posting, pairOf, type WebhookBook } from './webhook-book.ts';

interface Payload {
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Checks each post that a receiver got in this step. */
export function checkArrivals(world: World): void {
  const { book, receivers } = world.webhooks;
  for (const arrival of receivers.takeArrivals()) {
    const posting = book.posting.get(String(arrival.headers['webhook-signature']));
    must(posting !== undefined, 'receivers get what was handed over', () => show(arrival.headers));
    const id = String(arrival.headers['webhook-id']);
    const payload = parseOrUndefined(arrival.body) as Payload;
    const isTest = payload.type === 'WebhookTest';
    must(
      isTest ? id === posting.messageId : id === `event-${String(payload.data['EventId'])}`,
      'an event has one webhook-id, however often it is posted',
      () => `${id} of ${arrival.body}`,
    );
    const body = book.bodies.get(id) ?? arrival.body;
    must(body === arrival.body, 'a message is the same each time', () => `${body} and ${arrival.body}`);
    if (!isTest && !book.bodies.has(id)) checkPayload(world, payload);
    book.bodies.set(id, body);
    checkSignature(book, posting, arrival);
    const pair = pairOf({ messageId: id, webhookId: posting.webhookId });
    if (book.kept.has(pair)) count(world, 'webhooks: messages that came again');
    if (posting.step >= (book.resent.get(pair) ?? Number.POSITIVE_INFINITY)) book.resent.delete(pair);
    if (arrival.isKept) book.kept.add(pair);
    if (arrival.isAnswered) book.answered.add(pair);
  }
}

/** A receiver gets what the bus got. */
function checkPayload({ bus }: World, { type, timestamp, data }: Payload): void {
  const event = bus.events.get(String(data['EventId']));
  must(
    event !== undefined &&
      event.type === type &&
      event.detail['OccurredAt'] === timestamp &&
      isDeepStrictEqual(event.detail, data),
    'receivers get the events of the bus',
    () => `${show(event)} and ${type} ${show(data)}`,
  );
}

/** Checks that all secrets which were valid when a message was signed have signed it, and no other that the webhook had. */
function checkSignature({ secrets }: WebhookBook, { webhookId, step }: Posting, arrival: Arrival): void {
  const history = secrets.get(webhookId) ?? [];
  const then = history.findLast((state) => state.step <= step);
  if (then?.isSure !== true) return;
  const isRight = (secret: string) => verified([secret], arrival.body, arrival.headers) !== undefined;
  must(
    then.valid.every(isRight),
    'each secret that was valid then has signed a message',
    () => `webhook ${webhookId} in step ${step}`,
  );
  const others = new Set(history.flatMap(({ valid }) => valid).filter((each) => !then.valid.includes(each)));
  must(
    ![...others].some(isRight),
    'no secret signs that is not valid',
    () => `webhook ${webhookId} in step ${step}`,
  );
}

/** Checks that receivers got each crossing of a balance once: under one id, whoever got it, and however often. */
export function checkCrossings({ webhooks: { book } }: World): void {
  const crossings = [...book.bodies].flatMap(([id, body]) => {
    const { type, data } = JSON.parse(body) as Payload;
    return type === 'BalanceCrossed'
      ? [{ id, crossing: `${String(data['AlertId'])} at ${String(data['Position'])}` }]
      : [];
  });
  for (const [crossing, told] of Map.groupBy(crossings, (each) => each.crossing))
    must(told.length === 1, 'receivers hear of a crossing under one id', () => `${crossing} ${show(told)}`);
}
