import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createRelay } from '../../../functions/relay.ts';
import { onceAwake } from '../../../lib/postgres/awake.ts';
import { openDatabase, type Sql } from '../../../lib/postgres/database.ts';
import type { RelayDeps } from '../../../lib/settle/relay.ts';
import { testDatabase } from '../../support/system/database.ts';
import { testSystem } from '../../support/system/system.ts';

/** Short, so that the test is; as many tries as with real times. */
const CONNECT_TIMEOUT_SECONDS = 1;
const TIMES = { pauseMs: 1, now: () => performance.now() };

/** The relay's time, and as much as stays for its work. */
const WHOLE_MS = 90_000;
const NO_WAIT_MS = 50_000;

describe('a paused database', async () => {
  const database = await testDatabase();
  let sleepy: ReturnType<typeof createServer>;
  let sql: Sql;
  const sockets = new Set<Socket>();
  /** Connections that are taken and get no answer, until the database is awake. */
  let silent = 0;
  let taken = 0;

  beforeAll(async () => {
    const port = Number(new URL(database.url).port);
    sleepy = createServer((client) => {
      taken += 1;
      sockets.add(client.on('error', () => {}));
      if (taken <= silent) return;
      const server = connect(port, '127.0.0.1');
      client.pipe(server).pipe(client);
      server.on('error', () => client.destroy());
    }).listen(0, '127.0.0.1');
    await once(sleepy, 'listening');
  });
  afterAll(() => {
    sleepy.close();
    for (const socket of sockets) socket.destroy();
  });
  beforeEach(() => {
    taken = 0;
    const url = new URL(database.url);
    url.port = String((sleepy.address() as AddressInfo).port);
    const times = {
      probeAfterMs: 60_000,
      idleTimeoutSeconds: 60,
      connectTimeoutSeconds: CONNECT_TIMEOUT_SECONDS,
    };
    sql = openDatabase(url.href, 1, times);
    return async () => {
      await sql.end({ timeout: 1 }).catch(() => {});
    };
  });

  /** The relay as its handler has it, but for the times. */
  const relay = (remainingMs: number) =>
    onceAwake((deps: RelayDeps) => createRelay(deps), TIMES)({ ...testSystem(database.sql), sql })(
      {},
      { getRemainingTimeInMillis: () => remainingMs },
    );

  test('is waited for by a scheduled function, which then does all of its work', async () => {
    silent = 3;
    expect(await relay(WHOLE_MS)).toMatchObject({ failed: [], unfinished: [] });
    expect(taken).toBe(silent + 1);
  });

  test('that stays silent is given up before any part of the work is tried', async () => {
    silent = Number.POSITIVE_INFINITY;
    await expect(relay(NO_WAIT_MS)).rejects.toMatchObject({ code: 'CONNECT_TIMEOUT' });
    expect(taken).toBe(1);
  });

  test('is not waited for by a request', async () => {
    silent = 1;
    await expect(sql`SELECT 1`).rejects.toMatchObject({ code: 'CONNECT_TIMEOUT' });
    expect(taken).toBe(1);
  });
});
