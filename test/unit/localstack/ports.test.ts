import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { LOOPBACK, portsFrom } from '../../../localstack/addresses.ts';
import { freeBasePort, portTaken, whyPortsUnusable } from '../../../localstack/ports.ts';

/** Below the range from which systems take ports for outgoing connections. */
const FROM = 21_000;

let servers: Server[] = [];

afterEach(() => {
  for (const server of servers) server.close();
  servers = [];
});

test('nothing is to be said about five free ports', async () => {
  expect(await whyPortsUnusable(portsFrom(await freeBasePort(FROM)))).toBeUndefined();
});

test('a taken port is named with its purpose and with a base port that is free', async () => {
  const base = await freeBasePort(FROM);
  await listen(base + 2, LOOPBACK);
  const free = await freeBasePort(base + 10);
  expect(await whyPortsUnusable(portsFrom(base))).toBe(
    `Port ${base + 2} (for the queue) is taken by another program. ` +
      `Choose other ports: npm start -- --port ${free} takes ${free} to ${free + 4}.`,
  );
});

test('several taken ports are named together', async () => {
  const base = await freeBasePort(FROM);
  await listen(base, LOOPBACK);
  await listen(base + 4, LOOPBACK);
  expect(await whyPortsUnusable(portsFrom(base))).toMatch(
    `Ports ${base} (for the HTTP API), ${base + 4} (for PostgreSQL) are taken by another program.`,
  );
});

test('a program that listens on all addresses takes the port, too', async () => {
  const base = await freeBasePort(FROM);
  await listen(base, '0.0.0.0');
  expect(await portTaken(base)).toBe(true);
});

async function listen(port: number, host: string): Promise<void> {
  const server = createServer();
  servers.push(server);
  server.listen({ port, host });
  await once(server, 'listening');
}
