import { createServer } from 'node:net';
import { HIGHEST_BASE_PORT, LOOPBACK, type Ports, portsFrom } from './addresses.ts';

const PURPOSE: Record<keyof Ports, string> = {
  http: 'the HTTP API',
  lambda: "Lambda's Invoke API",
  queue: 'the queue',
  eventBus: 'the event bus',
  postgres: 'PostgreSQL',
};

/** How far the search for five free ports goes: a machine with this many blocks taken has another problem. */
const SEARCH_BLOCKS = 200;

/** Blocks are wider than five, so that a suggested base is a round number. */
const BLOCK_PORTS = 10;

/** Whether something listens on this port of the loopback address (or of all addresses). */
export function portTaken(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(true);
      else reject(error);
    });
    server.listen({ port, host: LOOPBACK }, () => server.close(() => resolve(false)));
  });
}

/** A port that nothing listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port: 0, host: LOOPBACK }, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** The first base at or after `from`, in steps of ten, whose five ports are all free. */
export async function freeBasePort(from: number): Promise<number> {
  for (let block = 0; block < SEARCH_BLOCKS; block++) {
    const base = from + block * BLOCK_PORTS;
    if (base > HIGHEST_BASE_PORT) break;
    if ((await takenPorts(portsFrom(base))).length === 0) return base;
  }
  throw new Error(`There are no five free ports in a row from ${from} on.`);
}

/** Nothing when the five ports are free; otherwise a sentence that names the taken ones and a free base. */
export async function whyPortsUnusable(ports: Ports): Promise<string | undefined> {
  const taken = await takenPorts(ports);
  if (taken.length === 0) return undefined;
  const names = taken.map((part) => `${ports[part]} (for ${PURPOSE[part]})`).join(', ');
  const free = await freeBasePort(ports.http + BLOCK_PORTS);
  const subject = taken.length === 1 ? `Port ${names} is taken` : `Ports ${names} are taken`;
  return `${subject} by another program. Choose other ports: npm start -- --port ${free} takes ${free} to ${free + 4}.`;
}

async function takenPorts(ports: Ports): Promise<(keyof Ports)[]> {
  const taken: (keyof Ports)[] = [];
  for (const part of Object.keys(PURPOSE) as (keyof Ports)[]) {
    if (await portTaken(ports[part])) taken.push(part);
  }
  return taken;
}
