import { expect, onTestFinished, test } from 'vitest';
import { testDatabase } from '../../support/system/database.ts';
import { makeFolder, removeFolder } from '../../support/temp.ts';
import { runWebhooks } from '../../webhooks/run.ts';

/** Enough for several kills, lies, deaths of functions and full queues. `npm run test:webhooks` has 50,000. */
const EVENTS = 300;
const KILL_EVERY_MS = 250;

test('receivers that are killed, slow and lying take every message in the end, each signed and with its id', async () => {
  const database = await testDatabase();
  const folder = await makeFolder('receivers');
  onTestFinished(() => removeFolder(folder));
  const report = await runWebhooks({
    ...{ sql: database.open(6), folder, events: EVENTS, killEveryMs: KILL_EVERY_MS },
    log: () => {},
  });
  expect(report.killed).toMatchObject({ taken: EVENTS, wrong: 0, lies: 0, disabled: false });
  expect(report.lying).toMatchObject({ taken: EVENTS, wrong: 0, disabled: false });
  expect(report.lying.lies).toBeGreaterThan(0);
  expect(report.lying.repeated).toBeGreaterThanOrEqual(report.lying.lies);
});
