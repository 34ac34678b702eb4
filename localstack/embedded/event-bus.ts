import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { LOOPBACK } from '../addresses.ts';
import { guardServer } from '../guard.ts';

/** Deliveries on their way to subscribers at once, and events in each: more only wait for the same processor. */
const DELIVERIES = 4;
const MAX_DELIVERED = 10;

/** Events that may wait. More are refused like EventBridge does, and what publishes tries again later. */
const WAITING_EVENTS = 10_000;

/** The longest a subscriber may take with its retries, and how long a stop waits for what is waiting. */
const DELIVERY_LIMIT_MS = 60_000;
const DRAIN_LIMIT_MS = 5_000;

/** EventBridge's own limits for one PutEvents. */
const MAX_ENTRIES = 10;
const MAX_BYTES = 1_048_576;

const putEventsSchema = z.object({
  Entries: z
    .array(z.looseObject({ Time: z.number().optional(), Resources: z.array(z.string()).optional() }))
    .min(1)
    .max(MAX_ENTRIES),
});

type Entry = z.infer<typeof putEventsSchema>['Entries'][number];

/** An entry as the subscribers' endpoint takes it. */
type Delivery = Readonly<Record<string, unknown>>;

export interface EventBus {
  readonly endpoint: string;
  readonly stop: () => Promise<void>;
}

/**
 * An EventBridge endpoint for PutEvents that answers at once, as AWS does, and hands the events on, in
 * small portions, to `target`, which matches patterns and answers when all subscribers are done.
 */
export async function startEventBus(options: {
  port: number;
  target: string;
  log: (line: string) => void;
}): Promise<EventBus> {
  const delivery = deliverer(options.target, options.log);
  const server = createServer((request, response) => {
    void answer(request, response, delivery.offer).catch((error: unknown) => {
      reply(response, 500, { __type: 'InternalException', message: String(error) });
    });
  });
  guardServer(server);
  server.listen({ port: options.port, host: LOOPBACK });
  await once(server, 'listening');
  return {
    endpoint: `http://${LOOPBACK}:${options.port}`,
    stop: async () => {
      await delivery.drain();
      server.closeAllConnections();
      server.close();
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  offer: (entry: Entry) => string | undefined,
): Promise<void> {
  if (request.headers['x-amz-target'] !== 'AWSEvents.PutEvents') {
    return reply(response, 400, {
      __type: 'UnknownOperationException',
      message: 'This bus knows PutEvents only.',
    });
  }
  if (Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY) > MAX_BYTES) {
    return reply(response, 413, { __type: 'ValidationException', message: `More than ${MAX_BYTES} bytes.` });
  }
  const parsed = putEventsSchema.safeParse(JSON.parse(await text(request)));
  if (!parsed.success) {
    return reply(response, 400, { __type: 'ValidationException', message: z.prettifyError(parsed.error) });
  }
  const results = parsed.data.Entries.map((entry) => {
    const EventId = offer(entry);
    return EventId === undefined
      ? { ErrorCode: 'ThrottlingException', ErrorMessage: 'Too many events wait.' }
      : { EventId };
  });
  const FailedEntryCount = results.filter((result) => 'ErrorCode' in result).length;
  reply(response, 200, { Entries: results, FailedEntryCount });
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
}

/** Keeps events in the order they came and delivers a few at a time; they live in memory only. */
function deliverer(target: string, log: (line: string) => void) {
  const waiting: Delivery[] = [];
  let underWay = 0;
  let idle = Promise.withResolvers<void>();

  const next = () => {
    while (underWay < DELIVERIES) {
      const entries = waiting.splice(0, MAX_DELIVERED);
      if (entries.length === 0) break;
      underWay += 1;
      void deliver(target, entries)
        .catch((error: unknown) => {
          const what = entries.length === 1 ? 'An event was' : `${entries.length} events were`;
          log(`${what} not delivered: ${String(error)}`);
        })
        .finally(() => {
          underWay -= 1;
          next();
        });
    }
    if (underWay === 0) idle.resolve();
  };
  return {
    /** Returns the event's id, or nothing if there is no room for it. */
    offer: (entry: Entry): string | undefined => {
      if (waiting.length >= WAITING_EVENTS) return undefined;
      const EventId = randomUUID();
      waiting.push({ ...entry, ...asDelivered(entry), EventId });
      if (underWay === 0) idle = Promise.withResolvers<void>();
      next();
      return EventId;
    },
    drain: async (): Promise<void> => {
      if (underWay === 0) return;
      const limit = setTimeout(() => {
        waiting.length = 0;
        idle.resolve();
      }, DRAIN_LIMIT_MS);
      await idle.promise;
      clearTimeout(limit);
    },
  };
}

/** What EventBridge fills in. */
function asDelivered({ Time, Resources }: Entry) {
  const time = Time === undefined ? new Date() : new Date(Time * 1000);
  return {
    Account: '000000000000',
    Resources: Resources ?? [],
    Time: time.toISOString().replace(/\.\d+Z$/, 'Z'),
  };
}

async function deliver(target: string, entries: readonly Delivery[]): Promise<void> {
  const body = JSON.stringify({ Entries: entries });
  const response = await fetch(target, {
    method: 'POST',
    body,
    signal: AbortSignal.timeout(DELIVERY_LIMIT_MS),
  });
  await response.body?.cancel();
}
