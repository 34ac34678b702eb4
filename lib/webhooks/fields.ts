import { EVENT_SCHEMAS, type EventType } from '../messaging/event-schemas.ts';
import { field, isEmpty, malformed, shown } from '../wire/field.ts';

const EVENT_TYPES = Object.keys(EVENT_SCHEMAS) as EventType[];

/** The types of events that a webhook wants; all if missing. */
export const eventTypes = field(
  {
    type: 'array',
    items: { type: 'string', enum: EVENT_TYPES },
    minItems: 1,
    maxItems: EVENT_TYPES.length,
    uniqueItems: true,
    isOptional: true,
  },
  (value) => {
    if (value === undefined) return [];
    if (!Array.isArray(value)) return malformed(`must be an array of event types, not ${shown(value)}`);
    if (value.length === 0) return malformed('must name an event type, or be left out for all');
    const unknown = value.find((each) => !EVENT_TYPES.includes(each as EventType));
    if (unknown !== undefined)
      return malformed(`has ${shown(unknown)}: the event types are ${EVENT_TYPES.join(', ')}`);
    if (new Set(value).size < value.length) return malformed('must name each event type once');
    return value as EventType[];
  },
);

const MESSAGE_ID = /^[a-z]+-[0-9a-f-]{1,40}$/;

/** The id of a message: the webhook-id that its receiver got. */
export const messageId = field({ type: 'string', pattern: MESSAGE_ID.source, isOptional: true }, (value) => {
  if (value === undefined) return undefined;
  return typeof value === 'string' && !isEmpty(value) && MESSAGE_ID.test(value)
    ? value
    : malformed(`must be the MessageId of a delivery, such as event-17, not ${shown(value)}`);
});
