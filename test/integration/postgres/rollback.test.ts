import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createMigration } from '../../../functions/migrate.ts';
import { createEvent, updateEvent } from '../../fixtures/events.ts';
import { startRecorder } from '../../support/bundles/aws-recorder.ts';
import { emptyDatabase } from '../../support/system/database.ts';

const NOBODY_LISTENS = 'postgres://me:hunter2@127.0.0.1:1/nothing';

/** Time for a migration, and none to wait for the database. */
const NO_WAIT = { getRemainingTimeInMillis: () => 600_000 };

/** A function's whole time. */
const WHOLE_TIME = { getRemainingTimeInMillis: () => 900_000 };

describe('a migration that fails in a deployment', () => {
  let recorder: Awaited<ReturnType<typeof startRecorder>>;

  beforeAll(async () => {
    recorder = await startRecorder('');
  });
  beforeEach(() => {
    recorder.answers.length = 0;
  });
  afterAll(() => recorder.stop());

  const migrationOf = (database: string) =>
    createMigration({ database, DATABASE_MASTER_SECRET: undefined, DATABASE_VERSION: 'this' });

  /** What CloudFormation sends for an update from one order to another. */
  function update(from: string | undefined, to: string | undefined) {
    const event = updateEvent(recorder.url, 'this');
    return {
      ...event,
      ResourceProperties: { ...event.ResourceProperties, Order: to },
      OldResourceProperties: { ...event.OldResourceProperties, Order: from },
    };
  }
  const answers = () => recorder.answers.map(({ body }) => body);

  test.each([
    ['from migration 2 to 1', '0002.1', '0001.1'],
    ['from rights 10 to 9', '0001.10', '0001.9'],
    ['to a version of before there was an order', '0001.1', undefined],
  ])('and for the same cause in its rollback, lets the rollback end: %s', async (_what, from, to) => {
    await migrationOf(NOBODY_LISTENS)(update(from, to), NO_WAIT);
    expect(answers()).toMatchObject([{ Status: 'SUCCESS', PhysicalResourceId: 'DatabaseMigration' }]);
  });

  test.each([
    ['from migration 1 to 2', '0001.5', '0002.1'],
    ['from rights 9 to 10', '0001.9', '0001.10'],
    ['from a version of before there was an order', undefined, '0001.1'],
    ['to another version of the same order', '0001.1', '0001.1'],
  ])('makes the deployment fail on the way forward: %s', async (_what, from, to) => {
    await migrationOf(NOBODY_LISTENS)(update(from, to), NO_WAIT);
    expect(answers()).toMatchObject([
      { Status: 'FAILED', Reason: expect.stringContaining('ECONNREFUSED 127.0.0.1:1') },
    ]);
  });

  test('makes the first deployment fail', async () => {
    await migrationOf(NOBODY_LISTENS)(createEvent(recorder.url, 'this'), NO_WAIT);
    expect(answers()).toMatchObject([{ Status: 'FAILED' }]);
  });

  test('does its work on the way back, too', async () => {
    await migrationOf(await emptyDatabase())(update('0002.1', '0001.1'), NO_WAIT);
    expect(answers()).toMatchObject([{ Status: 'SUCCESS' }]);
  });

  test('because the database is away for a moment is none: it is tried again', async () => {
    const url = new URL(await emptyDatabase());
    const port = Number(url.port);
    let refusals = 2;
    const link = createServer((client) => {
      client.on('error', () => {});
      if (refusals-- > 0) {
        client.destroy();
        return;
      }
      const server = connect(port, '127.0.0.1');
      client.pipe(server).pipe(client);
      server.on('error', () => client.destroy());
    }).listen(0, '127.0.0.1');
    await once(link, 'listening');
    url.port = String((link.address() as AddressInfo).port);
    await migrationOf(url.href)(update('0001.0', '0001.1'), WHOLE_TIME);
    expect(answers()).toMatchObject([{ Status: 'SUCCESS' }]);
    expect(refusals).toBeLessThan(0);
    link.close();
  });

  test('because the secret is out of reach for a moment is none: it is read again', async () => {
    const database = await emptyDatabase();
    let refusals = 2;
    const signIns = async () => {
      if (refusals-- > 0) throw Object.assign(new Error('no answer'), { code: 'SECRET_UNREACHABLE' });
      return [{ how: "with the URL's password", database }];
    };
    const migration = { database, DATABASE_MASTER_SECRET: undefined, DATABASE_VERSION: 'this' };
    await createMigration(migration, signIns)(update('0001.0', '0001.1'), WHOLE_TIME);
    expect(answers()).toMatchObject([{ Status: 'SUCCESS' }]);
  });
});
