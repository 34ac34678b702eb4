import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../../support/system/database.ts';

/** The one version of postgres.js whose inside was read. */
const VERSION = '3.4.9';

const ROOT = join(import.meta.dirname, '../../..');

/** A statement as postgres.js keeps it until someone waits for it. */
type Statement = PromiseLike<unknown> & {
  handler: (statement: Statement) => void;
  reject: (error: unknown) => void;
};

const readJson = async (path: string) => JSON.parse(await readFile(join(ROOT, path), 'utf8'));

describe('the inside of postgres.js on which lib/postgres/resilient-pool.ts relies', async () => {
  const { url } = await testDatabase();
  const open = new Set<postgres.Sql>();
  const openPool = (options: object = {}): postgres.Sql => {
    const sql = postgres(url, { max: 1, fetch_types: false, ...options });
    open.add(sql);
    return sql;
  };
  afterAll(() => Promise.all([...open].map((sql) => sql.end({ timeout: 1 }))));

  const dial = async () => {
    const { hostname: host, port } = new URL(url);
    const socket = connect({ host, port: Number(port) });
    await once(socket, 'connect');
    return Object.assign(socket, { host });
  };

  test('is that of the one version which package.json names', async () => {
    const toCheck =
      `lib/postgres/resilient-pool.ts uses the inside of postgres.js ${VERSION}: before you change the version, read in ` +
      'its src/ how a statement gets its handler (query.js, index.js), what a broken connection does to its statements ' +
      '(connection.js), what `begin` sends after an error (index.js), and whether the `socket` option is still called ' +
      'for every connection; run test/integration/postgres, then change VERSION here';
    const { dependencies } = await readJson('package.json');
    const installed = await readJson('node_modules/postgres/package.json');
    expect([dependencies.postgres, installed.version], toCheck).toEqual([VERSION, VERSION]);
  });

  test('a statement that nobody waits for yet has a handler and can be rejected', async () => {
    const sql = openPool();
    for (const made of [sql`SELECT 1`, sql.unsafe('SELECT 1')] as unknown as Statement[]) {
      expect(made.handler).toBeTypeOf('function');
      expect(made.reject).toBeTypeOf('function');
      made.handler = (self) => self.reject(new Error('it is not sent'));
      await expect(made).rejects.toThrow('it is not sent');
    }
  });

  test('what is made of an identifier or of values is no statement: it has no handler', () => {
    const sql = openPool();
    for (const part of [sql('name'), sql({ a: 1 })]) expect(part).not.toHaveProperty('handler');
  });

  test("a statement goes to the pool whose handler it is given, even that of another pool's empty statement", async () => {
    const dials: string[] = [];
    const dialling = (name: string) =>
      openPool({
        socket: async () => {
          dials.push(name);
          return await dial();
        },
      });
    const [first, second] = [dialling('first'), dialling('second')];
    const statement = first`SELECT 1 AS one` as unknown as Statement;
    statement.handler = (self) => (second`` as unknown as Statement).handler(self);
    expect(await statement).toMatchObject([{ one: 1 }]);
    expect(dials).toEqual(['second']);
  });

  test('a statement that failed goes to another pool with the values that it was made of, once those that were sent are deleted', async () => {
    const [first, second] = [openPool(), openPool()];
    await second`CREATE TABLE kept (flag boolean, bytes bytea)`;
    await first`SET default_transaction_read_only = on`;
    const statement = first`
      INSERT INTO kept VALUES (${true}, ${Buffer.from('a')}) RETURNING *` as unknown as Statement & {
      parameters?: unknown;
    };
    const { reject } = statement;
    statement.reject = () => {
      statement.reject = reject;
      expect(statement.parameters).toEqual(['t', '\\x61']);
      delete statement.parameters;
      (second`` as unknown as Statement).handler(statement);
    };
    expect(await statement).toMatchObject([{ flag: true, bytes: Buffer.from('a') }]);
  });

  test('what a server says by itself is handed on', async () => {
    const said = new Map<string, unknown>();
    const sql = openPool({ onparameter: (name: string, value: unknown) => said.set(name, value) });
    await sql`SELECT 1`;
    expect(said.get('in_hot_standby')).toBe('off');
    await sql`SET default_transaction_read_only = on`;
    expect(said.get('default_transaction_read_only')).toBe('on');
  });

  test('a password given as a function is requested after the socket is there', async () => {
    const calls: string[] = [];
    const sql = openPool({
      socket: async () => {
        calls.push('socket');
        return await dial();
      },
      password: () => {
        calls.push('password');
        return decodeURIComponent(new URL(url).password);
      },
    });
    await sql`SELECT 1`;
    expect(calls).toEqual(['socket', 'password']);
  });

  test('a transaction gets statements of its own, and the pool has begin and end', async () => {
    const sql = openPool();
    expect(sql.begin).toBeTypeOf('function');
    expect(sql.end).toBeTypeOf('function');
    await sql.begin(async (tx) => {
      expect(tx).toBeTypeOf('function');
      expect(tx).toHaveProperty('savepoint');
      expect((tx`SELECT 1` as unknown as Statement).handler).toBeTypeOf('function');
    });
  });
});
