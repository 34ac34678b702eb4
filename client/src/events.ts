import { EVENT_FIELDS, type Events } from '../generated/events.ts';

export type * from '../generated/events.ts';

/** The detail-type of an event. */
export type EventType = keyof Events;

/** A detail as it comes: JSON has no bigint, so amounts and ids are strings of digits. */
type Written<Detail> = {
  [Field in keyof Detail]: [Extract<Detail[Field], bigint>] extends [never]
    ? Detail[Field]
    : string | Exclude<Detail[Field], bigint>;
};

/** An event as EventBridge delivers it. */
export interface DeliveredEvent<Type extends EventType> {
  readonly source: 'my-little-ps';
  readonly 'detail-type': Type;
  readonly detail: Written<Events[Type]>;
}

/** An event that is read: which one, and its detail with bigint. */
export type DomainEvent = {
  [Type in EventType]: { readonly type: Type; readonly detail: Events[Type] };
}[EventType];

const SOURCE = 'my-little-ps';
const VERSION = 1;
const DIGITS = /^-?\d+$/;

/**
 * Whether something is an event of this type, as EventBridge delivers it, in the version that these types describe.
 *
 * @example if (isEvent('TransactionSucceeded', event)) BigInt(event.detail.Balance)
 */
export function isEvent<Type extends EventType>(type: Type, event: unknown): event is DeliveredEvent<Type> {
  return hasType(event) && event['detail-type'] === type && problemOf(type, event.detail) === undefined;
}

/**
 * Reads an event as EventBridge delivers it; its amounts and ids become bigint, with every digit.
 *
 * @throws TypeError if it is no event of this version
 */
export function readEvent(event: unknown): DomainEvent {
  if (!hasType(event)) throw new TypeError('no event of my-little-ps that this version knows');
  const { 'detail-type': type, detail } = event;
  const problem = problemOf(type, detail);
  if (problem !== undefined) throw new TypeError(`${type}: ${problem}`);
  const digits = new Set(EVENT_FIELDS[type].digits);
  const read = Object.entries(detail as object).map(([name, value]: [string, unknown]) => [
    name,
    digits.has(name) ? BigInt(value as string) : value,
  ]);
  return { type, detail: Object.fromEntries(read) } as DomainEvent;
}

function hasType(event: unknown): event is { 'detail-type': EventType; detail: unknown } {
  if (typeof event !== 'object' || event === null) return false;
  const { source, 'detail-type': type } = event as { source?: unknown; 'detail-type'?: unknown };
  return source === SOURCE && typeof type === 'string' && Object.hasOwn(EVENT_FIELDS, type);
}

/** What keeps a detail from being one of this version: a sentence's end. */
function problemOf(type: EventType, detail: unknown): string | undefined {
  if (typeof detail !== 'object' || detail === null) return 'there is no detail';
  const fields = detail as Readonly<Record<string, unknown>>;
  if (fields['Version'] !== VERSION) return `this reads Version ${VERSION}`;
  const { digits, required } = EVENT_FIELDS[type];
  const missing = required.find((name) => fields[name] === undefined);
  if (missing !== undefined) return `${missing} is missing`;
  const wrong = digits.find((name) => fields[name] !== undefined && !isDigits(fields[name]));
  return wrong === undefined ? undefined : `${wrong} is no string of digits`;
}

const isDigits = (value: unknown): boolean => typeof value === 'string' && DIGITS.test(value);
