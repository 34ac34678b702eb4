import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Postgres, startPostgres } from '../../../localstack/embedded/postgres.ts';
import { freePort } from '../../../localstack/ports.ts';

let folder: string;
let port: number;
let server: Postgres;

beforeAll(async () => {
  // Only its owner may enter it: as root this is where the server's own user needs help.
  folder = await mkdtemp(join(tmpdir(), 'my-little-ps-postgres-'));
  port = await freePort();
  server = await start(port);
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

test('the database is as the service needs it', async () => {
  expect(new URL(server.url)).toMatchObject({
    hostname: '127.0.0.1',
    port: String(port),
    pathname: '/my_little_ps',
  });
  const settings = await query(
    `SELECT name, setting FROM pg_settings WHERE name IN ('server_encoding', 'lc_collate', 'TimeZone',
       'max_connections', 'listen_addresses', 'unix_socket_directories', 'fsync')
     UNION SELECT 'collation', datcollate FROM pg_database WHERE datname = current_database() ORDER BY name`,
  );
  expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toEqual({
    TimeZone: 'UTC',
    collation: 'C',
    fsync: 'off',
    listen_addresses: '127.0.0.1',
    max_connections: '400',
    server_encoding: 'UTF8',
    unix_socket_directories: '',
  });
});

test('data that is in use is refused to a second server', async () => {
  await expect(start(await freePort())).rejects.toThrow(
    /is in use by a system that is running \(PostgreSQL is process \d+\)/,
  );
  expect(await query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('a start that fails says why', async () => {
  const other = startPostgres({
    dataDir: join(folder, 'other'),
    port,
    settings: { fsync: 'off' },
    log: () => {},
  });
  await expect(other).rejects.toThrow(
    /PostgreSQL did not start[\s\S]*The last lines of [\s\S]*Address already in use/,
  );
});

test('data is there again after a stop, and after the server was killed', async () => {
  await query('CREATE TABLE kept AS SELECT 1 AS one');
  await server.stop();
  server = await start(port);
  process.kill(server.pid, 'SIGKILL');
  expect(await server.exited).toMatch(/^PostgreSQL ended/);
  server = await start(port);
  expect(await query('SELECT one FROM kept')).toEqual([{ one: 1 }]);
});

function start(onPort: number): Promise<Postgres> {
  return startPostgres({
    dataDir: join(folder, 'postgres'),
    port: onPort,
    settings: { fsync: 'off' },
    log: () => {},
  });
}

async function query(statement: string): Promise<Record<string, unknown>[]> {
  const sql = postgres(server.url, { max: 1 });
  try {
    return [...(await sql.unsafe(statement))];
  } finally {
    await sql.end();
  }
}
