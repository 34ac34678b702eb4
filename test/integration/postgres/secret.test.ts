import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { databaseOf } from '../../../lib/aws/database.ts';
import { readDatabaseUrl } from '../../../lib/aws/secrets.ts';
import { openDatabase, runTx, type Sql } from '../../../lib/postgres/database.ts';
import { isUnavailable } from '../../../lib/postgres/errors.ts';
import { migrate } from '../../../lib/postgres/migrate.ts';
import { resilient } from '../../../lib/postgres/resilient-pool.ts';
import { readFrom } from '../../../lib/postgres/server-source.ts';
import { readConfig } from '../../../lib/runtime/config.ts';
import { TEST_CLIENT_VARIABLES } from '../../support/aws.ts';
import { startRecorder } from '../../support/bundles/aws-recorder.ts';
import { emptyDatabase } from '../../support/system/database.ts';

const SECRET = 'ledger/url';

/** Longer than a URL is kept before it may be read again. */
const A_WHILE_MS = 60_000;

describe('a database whose URL is in a secret', () => {
  let url: string;
  let aws: Awaited<ReturnType<typeof startRecorder>>;

  beforeAll(async () => {
    url = await emptyDatabase();
    aws = await startRecorder('hunter2');
    for (const [name, value] of Object.entries({ ...TEST_CLIENT_VARIABLES, AWS_ENDPOINT_URL: aws.url }))
      vi.stubEnv(name, value);
    return async () => {
      vi.unstubAllEnvs();
      await aws.stop();
    };
  });
  beforeEach(() => {
    aws.secrets.set(SECRET, `${url}\n`);
    aws.secretsAsked.length = 0;
  });

  const withPassword = (password: string) => {
    const wrong = new URL(url);
    wrong.password = password;
    return wrong.href;
  };

  test('is what the settings say that name a secret', async () => {
    const { database } = readConfig(['database'], { DATABASE_SECRET: SECRET });
    expect(database).toEqual({ secret: SECRET });
    const sql = openDatabase(databaseOf(database));
    expect(aws.secretsAsked).toEqual([]);
    expect(await Promise.all([sql`SELECT 1 AS one`, sql`SELECT 2 AS two`])).toEqual([
      [{ one: 1 }],
      [{ two: 2 }],
    ]);
    expect(await runTx(sql, (tx) => tx`SELECT 3 AS three`)).toEqual([{ three: 3 }]);
    await sql.end();
    expect(aws.secretsAsked).toEqual([SECRET]);
  });

  test('is migrated by its URL, too', async () => {
    expect(await migrate(databaseOf({ secret: SECRET }))).toEqual(['0001_schema']);
    expect(await migrate(databaseOf({ secret: SECRET }))).toEqual([]);
  });

  test.each(['hunter2', '', '{"password":"hunter2"}', 'mysql://me:hunter2@db/x', 'postgres:///hunter2'])(
    'is refused without a word of the secret if that holds %j',
    async (value) => {
      aws.secrets.set(SECRET, value);
      const message = await readDatabaseUrl(SECRET).catch((error: Error) => error.message);
      expect(message).toMatch(/^the secret ledger\/url takes a URL such as .*; what it holds is not shown$/);
      expect(message).not.toContain('hunter2');
    },
  );

  test('is unavailable while Secrets Manager does not answer', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1');
    const error = await readDatabaseUrl(SECRET).catch((thrown: unknown) => thrown);
    vi.stubEnv('AWS_ENDPOINT_URL', aws.url);
    expect([isUnavailable(error), String(error)]).toEqual([true, 'Error: Secrets Manager does not answer']);
  });

  describe('of which the secret changes', () => {
    let nowMs = 0;
    let readings: string[];
    let held: string;
    let sql: Sql;

    beforeEach(() => {
      readings = [];
      held = url;
      const readUrl = async () => {
        readings.push(held);
        return held;
      };
      sql = resilient(
        readFrom({ readUrl }, () => nowMs),
        { max: 1, connect_timeout: 5, probeAfterMs: 60_000, fetch_types: false },
      ) as unknown as Sql;
    });
    afterAll(() => sql.end());

    test('is signed in to with the changed one after a refusal, by a statement and by a transaction', async () => {
      for (const ask of [() => sql`SELECT 1 AS one`, () => sql.begin((tx) => tx`SELECT 1 AS one`)]) {
        held = withPassword('old');
        await expect(ask()).rejects.toMatchObject({ code: '28P01' });
        nowMs += A_WHILE_MS;
        held = url;
        expect(await ask()).toEqual([{ one: 1 }]);
        await sql`SELECT pg_terminate_backend(pg_backend_pid())`.catch(() => {});
        nowMs += A_WHILE_MS;
        held = withPassword('old');
        await expect(ask()).rejects.toMatchObject({ code: '28P01' });
        nowMs += A_WHILE_MS;
      }
    });

    test('is read once more, not more often, if it was refused and did not change', async () => {
      held = withPassword('wrong');
      for (const _ of [1, 2, 3]) await expect(sql`SELECT 1`).rejects.toMatchObject({ code: '28P01' });
      expect(readings).toHaveLength(1);
      nowMs += A_WHILE_MS;
      for (const _ of [1, 2, 3]) await expect(sql`SELECT 1`).rejects.toMatchObject({ code: '28P01' });
      expect(readings).toHaveLength(2);
    });

    test('leaves nobody waiting who wants a connection while the sign-in is refused', async () => {
      const ask = () => sql`SELECT 1`;
      const begin = () => sql.begin((tx) => tx`SELECT 1`);
      for (const asks of [
        [ask, ask, ask, ask],
        [begin, begin, begin, begin],
        [ask, begin, ask, begin],
      ]) {
        held = withPassword('old');
        nowMs += A_WHILE_MS;
        const outcomes = await Promise.allSettled(asks.map((each) => each()));
        expect(outcomes.map(({ status }) => status)).toEqual(Array(4).fill('rejected'));
        nowMs += A_WHILE_MS;
        held = url;
        expect(await sql`SELECT 1 AS one`).toEqual([{ one: 1 }]);
        await sql`SELECT pg_terminate_backend(pg_backend_pid())`.catch(() => {});
      }
    });

    test('is found where it is now if its server does not answer any more', async () => {
      const gone = new URL(url);
      gone.port = '1';
      held = gone.href;
      await expect(sql`SELECT 1`).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      held = url;
      nowMs += A_WHILE_MS;
      expect(await sql`SELECT 1 AS one`).toEqual([{ one: 1 }]);
    });
  });
});
