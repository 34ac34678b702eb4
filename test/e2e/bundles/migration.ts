import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ANSWER_SIGNATURE, createEvent, deleteEvent, updateEvent } from '../../fixtures/events.ts';
import { type BundledService, logged, NO_DATABASE, PASSWORD } from '../../support/bundles/bundled-service.ts';

/** The longest reason: 500 characters, and where to find the rest. */
const MAX_REASON_CHARACTERS = 600;

/** A function's time in which nothing stays for a second try to reach the database. */
const TIME_FOR_ONE_TRY_MS = 600_000;

/** The ARN of a secret like that of Aurora's master user. */
const OWNER_SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:owner-AbCdEf';

/** Tests CloudFormation's requests to the function `migrate`, first on an empty database. */
export function testMigration(service: () => BundledService): void {
  test('migrate answers CloudFormation that a broken migration failed, with a bounded reason', async () => {
    const broken = join(service().functionOf('migrate').folder, 'migrations', '0000_broken.sql');
    await writeFile(broken, "DO $$ BEGIN RAISE EXCEPTION '%', repeat('broken ', 1000); END $$;\n");
    await service().run('migrate', [createEvent(service().recorder.url, service().version)]);
    await rm(broken);
    const { Status, Reason = '' } = service().recorder.answers.at(-1)?.body ?? {};
    expect([Status, Reason]).toEqual(['FAILED', expect.stringContaining('broken broken')]);
    expect(Reason.length).toBeLessThan(MAX_REASON_CHARACTERS);
  });

  test('migrate answers CloudFormation that it failed if the database is down, and reveals no password', async () => {
    const { outcomes, log } = await service().run(
      'migrate',
      [createEvent(service().recorder.url, service().version)],
      NO_DATABASE,
      TIME_FOR_ONE_TRY_MS,
    );
    expect(outcomes).toEqual([{ reply: { Migrations: [] } }]);
    const { body } = service().recorder.answers.at(-1) ?? {};
    expect(body).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('ECONNREFUSED') });
    expect(JSON.stringify(body) + log).not.toMatch(new RegExp(`${PASSWORD}|${ANSWER_SIGNATURE}`));
  });

  test('migrate answers CloudFormation with success to a creation, an update and a deletion', async () => {
    const events = [createEvent, updateEvent, deleteEvent].map((make) =>
      make(service().recorder.url, service().version),
    );
    const { outcomes, log } = await service().run('migrate', events);
    expect(outcomes).toEqual(Array(3).fill({ reply: { Migrations: [] } }));
    const { StackId, RequestId, LogicalResourceId } = events[0] ?? {};
    const common = { Status: 'SUCCESS', PhysicalResourceId: 'DatabaseMigration' };
    expect(service().recorder.answers.slice(-3)).toEqual(
      events.map(({ ResponseURL }) => ({
        // The URL is signed for exactly this path and type.
        ...{ type: '', path: ResponseURL.slice(service().recorder.url.length) },
        body: { ...common, StackId, RequestId, LogicalResourceId },
      })),
    );
    expect(logged(log, 'migrated').ran).toEqual(['0001_schema']);
    expect(await service().replyTo('migrate', {})).toEqual({ Migrations: [] });
  });

  test("migrate reads Aurora's master user from the secret, and does not reveal it if Aurora refuses", async () => {
    const event = createEvent(service().recorder.url, service().version);
    const settings = { ...service().aurora, DATABASE_MASTER_SECRET: OWNER_SECRET };
    const { log } = await service().run('migrate', [event], settings);
    expect(service().recorder.secretsAsked).toEqual([OWNER_SECRET]);
    const { body } = service().recorder.answers.at(-1) ?? {};
    expect(body).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(/SSL|TLS/) });
    expect(JSON.stringify(body) + log).not.toContain(PASSWORD);
  });
}
