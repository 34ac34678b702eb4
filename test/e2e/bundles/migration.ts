import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ANSWER_SIGNATURE, createEvent, deleteEvent, updateEvent } from '../../fixtures/events.ts';
import { type BundledService, logged, NO_DATABASE, PASSWORD } from '../../support/bundles/bundled-service.ts';

/** As long as a reason gets: 500 characters and where there is more. */
const MAX_REASON_CHARACTERS = 600;

/** A secret's ARN, as Aurora's owner has one. */
const OWNER_SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:owner-AbCdEf';

/** What CloudFormation asks of the function `migrate`, on an empty database first. */
export function testMigration(service: () => BundledService): void {
  test('migrate answers CloudFormation: a broken migration fails with one bounded reason', async () => {
    const broken = join(service().functionOf('migrate').folder, 'migrations', '0000_broken.sql');
    await writeFile(broken, "DO $$ BEGIN RAISE EXCEPTION '%', repeat('broken ', 1000); END $$;\n");
    await service().run('migrate', [createEvent(service().recorder.url, service().version)]);
    await rm(broken);
    const { Status, Reason = '' } = service().recorder.answers.at(-1)?.body ?? {};
    expect([Status, Reason]).toEqual(['FAILED', expect.stringContaining('broken broken')]);
    expect(Reason.length).toBeLessThan(MAX_REASON_CHARACTERS);
  });

  test('migrate answers CloudFormation: a database that is down fails, and no password gets out', async () => {
    const { outcomes, log } = await service().run(
      'migrate',
      [createEvent(service().recorder.url, service().version)],
      NO_DATABASE,
    );
    expect(outcomes).toEqual([{ reply: { Migrations: [] } }]);
    const { body } = service().recorder.answers.at(-1) ?? {};
    expect(body).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('ECONNREFUSED') });
    expect(JSON.stringify(body) + log).not.toMatch(new RegExp(`${PASSWORD}|${ANSWER_SIGNATURE}`));
  });

  test('migrate answers CloudFormation: it creates, updates and deletes', async () => {
    const events = [createEvent, updateEvent, deleteEvent].map((make) =>
      make(service().recorder.url, service().version),
    );
    const { outcomes, log } = await service().run('migrate', events);
    expect(outcomes).toEqual(Array(3).fill({ reply: { Migrations: [] } }));
    const { StackId, RequestId, LogicalResourceId } = events[0] ?? {};
    const common = { Status: 'SUCCESS', PhysicalResourceId: 'DatabaseMigration' };
    expect(service().recorder.answers.slice(-3)).toEqual(
      events.map(({ ResponseURL }) => ({
        // The address is signed for exactly this.
        ...{ type: '', path: ResponseURL.slice(service().recorder.url.length) },
        body: { ...common, StackId, RequestId, LogicalResourceId },
      })),
    );
    expect(logged(log, 'migrated').ran).toEqual(['0001_ledger', '0002_api_keys']);
    expect(await service().replyTo('migrate', {})).toEqual({ Migrations: [] });
  });

  test('migrate reads the owner of Aurora from the secret, and keeps it to itself where Aurora refuses', async () => {
    const event = createEvent(service().recorder.url, service().version);
    const settings = { ...service().aurora, DATABASE_MASTER_SECRET: OWNER_SECRET };
    const { log } = await service().run('migrate', [event], settings);
    expect(service().recorder.secretsAsked).toEqual([OWNER_SECRET]);
    const { body } = service().recorder.answers.at(-1) ?? {};
    expect(body).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(/SSL|TLS/) });
    expect(JSON.stringify(body) + log).not.toContain(PASSWORD);
  });
}
