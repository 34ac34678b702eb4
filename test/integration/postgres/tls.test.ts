import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../../lib/postgres/database.ts';
import { dial } from '../../../lib/postgres/dial.ts';
import { migrate } from '../../../lib/postgres/migrate.ts';
import { resilient } from '../../../lib/postgres/resilient-pool.ts';
import type { DatabaseServer } from '../../../lib/postgres/server.ts';
import { fixedTo } from '../../../lib/postgres/server-source.ts';
import { type Postgres, startPostgres } from '../../../localstack/embedded/postgres.ts';
import { freePort } from '../../../localstack/ports.ts';
import { makeFolder, removeFolder } from '../../support/temp.ts';

const CONNECT_TIMEOUT_SECONDS = 10;

describe('TLS to PostgreSQL', () => {
  let folder: string;
  let postgres: Postgres;
  let authority: string;
  let stranger: string;
  let port: number;

  const openssl = (...options: string[]) => execFileSync('openssl', options, { cwd: folder, stdio: 'pipe' });

  /** Makes an authority of its own: `name.pem` and `name.key`. */
  function makeAuthority(name: string): string {
    const subject = ['-subj', `/CN=${name}`, '-addext', 'basicConstraints=critical,CA:TRUE'];
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      ...subject,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
    );
    return readFileSync(join(folder, `${name}.pem`), 'utf8');
  }

  beforeAll(async () => {
    folder = await makeFolder('tls');
    [authority, stranger] = [makeAuthority('authority'), makeAuthority('stranger')];
    openssl(
      'req',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-subj',
      '/CN=localhost',
      '-keyout',
      'server.key',
      '-out',
      'server.csr',
    );
    writeFileSync(join(folder, 'names'), 'subjectAltName=DNS:localhost');
    const by = ['-CA', 'authority.pem', '-CAkey', 'authority.key', '-CAcreateserial', '-extfile', 'names'];
    openssl('x509', '-req', '-in', 'server.csr', '-days', '2', ...by, '-out', 'server.crt');

    port = await freePort();
    const dataDir = join(folder, 'postgres');
    postgres = await startPostgres({ dataDir, port, settings: { fsync: 'off' }, log: () => {} });
    const { uid, gid } = statSync(dataDir);
    for (const file of ['server.key', 'server.crt']) {
      copyFileSync(join(folder, file), join(dataDir, file));
      chownSync(join(dataDir, file), uid, gid);
      chmodSync(join(dataDir, file), 0o600);
    }
    const sql = openDatabase(postgres.url);
    await sql.unsafe('ALTER SYSTEM SET ssl = on');
    await sql`SELECT pg_reload_conf()`;
    await sql.end();
  });
  afterAll(async () => {
    await postgres.stop();
    await removeFolder(folder);
  });

  /** The server as functions on Aurora see it: a name, authorities, and a password made for each connection. */
  function server(
    host: string,
    authorities: readonly string[],
    passwords: () => Promise<string>,
  ): DatabaseServer {
    const address = { host, port, tls: { authorities } };
    const identity = { database: 'my_little_ps', user: 'local', session: {} };
    return { host, port, ...identity, address: () => Promise.resolve(address), password: passwords };
  }
  const open = (host: string, authorities: readonly string[], passwords = () => Promise.resolve('local')) =>
    resilient(fixedTo(server(host, authorities, passwords)), {
      max: 1,
      connect_timeout: CONNECT_TIMEOUT_SECONDS,
      probeAfterMs: 60_000,
      fetch_types: false,
    });

  test('is used where the certificate is of a trusted authority, from the sign-in on', async () => {
    const sql = open('localhost', [authority]);
    const [row] = await sql`SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`;
    expect(row).toEqual({ ssl: true });
    await sql.end();
  });

  test('refuses a server of another authority', async () => {
    const sql = open('localhost', [stranger]);
    await expect(sql`SELECT 1`).rejects.toThrow(/certificate/);
    await sql.end();
  });

  test('refuses a server that the public authorities do not know, with either driver', async () => {
    const url = `postgres://local:local@localhost:${port}/my_little_ps?sslmode=require`;
    const sql = openDatabase(url);
    await expect(sql`SELECT 1`).rejects.toThrow(/certificate/);
    await expect(migrate(url)).rejects.toThrow(/certificate/);
    await sql.end();
  });

  test('refuses a server of another name', async () => {
    const sql = open('127.0.0.1', [authority]);
    await expect(sql`SELECT 1`).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    await sql.end();
  });

  test('is set up anew after a connection broke, with a new password', async () => {
    let passwords = 0;
    const sql = open('localhost', [authority], () => {
      passwords += 1;
      return Promise.resolve('local');
    });
    await expect(sql`SELECT pg_terminate_backend(pg_backend_pid())`).rejects.toThrow();
    expect((await sql`SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`)[0]).toEqual({ ssl: true });
    expect(passwords).toBe(2);
    await sql.end();
  });

  test('tells of a password that can not be had, and goes on later', async () => {
    let fails = true;
    const sql = open('localhost', [authority], () =>
      fails ? Promise.reject(new Error('no identity')) : Promise.resolve('local'),
    );
    await expect(sql`SELECT 1`).rejects.toThrow('no identity');
    fails = false;
    expect((await sql`SELECT 5 AS five`)[0]).toEqual({ five: 5 });
    await sql.end();
  });

  test.each<[string, string, string]>([
    ['says that it has no TLS', 'N', 'TLS_REFUSED'],
    ['says more than its consent before the handshake', 'Sx', 'TLS_REFUSED'],
    ['closes the connection', '', 'ECONNRESET'],
  ])('is not given up for a server that %s', async (_name, says, code) => {
    const other = createServer((socket) => socket.once('data', () => socket.end(says)));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = { host: '127.0.0.1', port: (other.address() as AddressInfo).port, tls: {} };
    await expect(dial(address, CONNECT_TIMEOUT_SECONDS)).rejects.toMatchObject({ code });
    other.close();
  });

  test('does not wait for ever for a server that says nothing', async () => {
    const other = createServer((socket) => socket.on('error', () => {}));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = { host: '127.0.0.1', port: (other.address() as AddressInfo).port, tls: {} };
    await expect(dial(address, 1)).rejects.toMatchObject({ code: 'CONNECT_TIMEOUT' });
    other.close();
  });
});
