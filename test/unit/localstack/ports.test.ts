import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import {
  freeBasePort,
  LOOPBACK,
  parseBasePort,
  portsFrom,
  portTaken,
  whyPortsUnusable,
} from '../../../localstack/ports.ts';

/** Below the range from which systems take ports for outgoing connections. */
const FROM = 21_000;

let servers: Server[] = [];

afterEach(() => {
  for (const server of servers) server.close();
  servers = [];
});

test('a base port stands for five ports in a row', () => {
  expect(portsFrom(4567)).toEqual({ http: 4567, lambda: 4568, queue: 4569, eventBus: 4570, postgres: 4571 });
});

test.each(['1024', '4567', '65531'])('%s is a base port', (text) => {
  expect(parseBasePort(text)).toBe(Number(text));
});

test.each(['', '0', '80', '1023', '65532', '-1', '4567.5', '4e3', '0x1000', ' 4567', 'http'])(
  '"%s" is no base port, and the reply says what is',
  (text) => {
    expect(parseBasePort(text)).toBe(`--port takes a number from 1024 to 65531, not "${text}".`);
  },
);

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
