import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { REGION } from '../addresses.ts';
import { type Matcher, readPattern } from './event-pattern.ts';
import type { Runtime } from './runtime.ts';
import type { FunctionDefinition, Service } from './service.ts';

/** Where the local bus hands over events, beside Lambda's Invoke API. */
export const SUBSCRIBERS_PATH = '/subscribers';

/** How often a subscriber gets an event that it throws at: Lambda's asynchronous invocation tries again twice. */
const TRIES = 3;

/** Milliseconds until the next try. AWS waits a minute; here someone is watching. */
const RETRY_PAUSE_MS = 100;

const delivery = z.object({
  Entries: z.array(
    z.looseObject({
      EventId: z.string(),
      Source: z.string(),
      DetailType: z.string(),
      Detail: z.string(),
      Account: z.string(),
      Time: z.string(),
      Resources: z.array(z.string()),
    }),
  ),
});

type Entry = z.infer<typeof delivery>['Entries'][number];

/**
 * Makes the endpoint where the local bus hands over events: each goes to the functions whose pattern it matches, and the
 * reply comes when all of them are done with it.
 *
 * @throws Error for a pattern that the local bus does not know
 */
export function createSubscribers(service: Service, runtime: Runtime): Server {
  const subscribers = service.functions.flatMap((definition) =>
    definition.events.flatMap((event) =>
      event.kind === 'pattern' ? [{ definition, matches: readPattern(event.pattern) }] : [],
    ),
  );
  return createServer((request, response) => {
    const answer = async (): Promise<void> => {
      const { Entries } = delivery.parse(JSON.parse(await text(request)));
      await Promise.all(Entries.map((entry) => deliver(toEvent(entry), subscribers, runtime)));
      response.end('{}');
    };
    answer().catch((error: unknown) => {
      console.error('An event was not delivered:', error);
      response.writeHead(500).end('{}');
    });
  });
}

/** The event as EventBridge hands it to a target. */
function toEvent(entry: Entry) {
  return {
    version: '0',
    id: entry.EventId,
    'detail-type': entry.DetailType,
    source: entry.Source,
    account: entry.Account,
    time: entry.Time,
    region: REGION,
    resources: entry.Resources,
    detail: JSON.parse(entry.Detail) as unknown,
  };
}

async function deliver(
  event: ReturnType<typeof toEvent>,
  subscribers: readonly { readonly definition: FunctionDefinition; readonly matches: Matcher }[],
  runtime: Runtime,
): Promise<void> {
  const interested = subscribers.filter(({ matches }) => matches(event));
  await Promise.all(interested.map(({ definition }) => invoke(definition, event, runtime)));
}

async function invoke(definition: FunctionDefinition, event: unknown, runtime: Runtime): Promise<void> {
  for (let tries = 1; ; tries++) {
    const result = await runtime.invoke(definition, event);
    if (result.ok) return;
    if (tries === TRIES) {
      console.error(`${definition.name} failed ${TRIES} times at an event: ${result.error.errorMessage}`);
      return;
    }
    await sleep(RETRY_PAUSE_MS * tries);
  }
}
