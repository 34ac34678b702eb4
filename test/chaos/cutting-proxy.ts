import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from './random.ts';

/** The share of requests that are cut in one way or another. */
const CUTS = 0.5;

/** How a request is cut, each as often as the others. */
const WAYS = [
  'before it is passed on',
  'before it is passed on, which happens later',
  'within the reply',
  'after the reply, of which nothing comes back',
  'after the reply, instead of which a gateway answers',
] as const;

type Way = (typeof WAYS)[number];

/** How late a request arrives whose sender has given up: its repeat may be there before it. */
const LATE_MS = 400;

/** Headers about one connection, which are none of the other's. */
const HOP_BY_HOP = new Set(['connection', 'host', 'keep-alive', 'transfer-encoding', 'content-length']);

interface Passed {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** A proxy that loses what passes through it. */
export interface CuttingProxy {
  readonly url: string;
  /** How often each way was taken, and how many requests passed whole. */
  readonly counts: ReadonlyMap<Way | 'not at all', number>;
  /** Ends once the late requests have arrived, too. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts a proxy that cuts half of all requests.
 *
 * @param target the address of the system
 */
export async function startCuttingProxy(target: string, random: Random): Promise<CuttingProxy> {
  const counts = new Map<Way | 'not at all', number>();
  const late = new Set<Promise<unknown>>();
  const server = createServer((request, response) => {
    const way = random.chance(CUTS) ? random.pick(WAYS) : 'not at all';
    counts.set(way, (counts.get(way) ?? 0) + 1);
    void buffer(request)
      .then(async (read) => {
        const { method = '', url: path = '' } = request;
        const passed = { method, path, headers: passedHeaders(request.headers), body: Uint8Array.from(read) };
        await treat(target, passed, response, way, late);
      })
      .catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    stop: async () => {
      await Promise.allSettled(late);
      server.close();
      server.closeAllConnections();
    },
  };
}

const passedHeaders = (headers: IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      typeof value !== 'string' || HOP_BY_HOP.has(name) ? [] : [[name, value]],
    ),
  );

async function treat(
  target: string,
  passed: Passed,
  response: ServerResponse,
  way: Way | 'not at all',
  late: Set<Promise<unknown>>,
): Promise<void> {
  if (way === 'before it is passed on' || way === 'before it is passed on, which happens later') {
    response.destroy();
    if (way !== 'before it is passed on') late.add(sleep(LATE_MS).then(() => pass(target, passed)));
    return;
  }
  const { status, text } = await pass(target, passed);
  const length = Buffer.byteLength(text);
  const headers = { 'Content-Type': 'application/json', 'Content-Length': length };
  if (way === 'not at all') response.writeHead(status, headers).end(text);
  else if (way === 'within the reply')
    response
      .writeHead(status, headers)
      .write(text.slice(0, Math.floor(length / 2)), () => response.destroy());
  else if (way === 'after the reply, of which nothing comes back') response.destroy();
  else response.writeHead(502, { 'Content-Type': 'text/html' }).end('<h1>Bad Gateway</h1>');
}

async function pass(target: string, { method, path, headers, body }: Passed) {
  const response = await fetch(target + path, { method, headers, ...(method === 'POST' ? { body } : {}) });
  return { status: response.status, text: await response.text() };
}
