import * as z from 'zod';
import { EVENT_SCHEMAS } from '../lib/messaging/event-schemas.ts';

/** The JSON Schema of each event's detail, by detail-type. */
export function makeEventSchemas() {
  const details = Object.entries(EVENT_SCHEMAS).map(([type, schema]) => {
    const { $schema: _, ...detail } = z.toJSONSchema(schema);
    return [type, detail];
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Events of my-little-ps',
    description: 'The `detail` of an event, by its `detail-type`. Amounts and ids are strings of digits.',
    oneOf: Object.keys(EVENT_SCHEMAS).map((type) => ({ $ref: `#/$defs/${type}` })),
    $defs: Object.fromEntries(details),
  };
}
