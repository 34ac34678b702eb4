import { afterEach, expect, test, vi } from 'vitest';
import { checkDatabaseLog, deleteDatabaseLog } from '../../../deployment/database-log.ts';
import type { Serverless } from '../../../deployment/serverless.ts';
import { type Answer, fakeAws, stageOf } from './fake-aws.ts';
import { settingsOf } from './settings-of.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const GROUP = '/aws/rds/cluster/my-little-ps-prod/postgresql';
const COMMAND = `aws logs delete-log-group --region eu-central-1 --log-group-name ${GROUP}`;
const DENIED: Answer = { status: 400, body: '{"__type":"AccessDeniedException","message":"not authorized"}' };

const listed = (...names: string[]): Answer => ({
  body: JSON.stringify({ logGroups: names.map((logGroupName) => ({ logGroupName })) }),
});

async function stage(answer: Answer, resources: Readonly<Record<string, string>> = {}) {
  const { asked, config } = await fakeAws(() => answer);
  const serverless = { ...stageOf(config, resources), service: { service: 'my-little-ps' } };
  return { asked, serverless: serverless as unknown as Serverless };
}

test('a log group that is left from an earlier database is refused, with the command that deletes it', async () => {
  const { serverless } = await stage(listed(GROUP));
  await expect(checkDatabaseLog(serverless, settingsOf())).rejects.toThrow(
    `The log group ${GROUP} is left from an earlier database, and CloudFormation refuses to create it again. ` +
      `Once you don't need its lines, delete it and deploy again:\n\n  ${COMMAND}`,
  );
});

test('the stack’s own group, one of another stage, and none are fine', async () => {
  const own = await stage(listed(GROUP), { DatabaseLog: GROUP });
  await checkDatabaseLog(own.serverless, settingsOf());
  expect(own.asked).toEqual([]);
  await checkDatabaseLog((await stage(listed(`${GROUP}-old`))).serverless, settingsOf());
  await checkDatabaseLog((await stage(listed())).serverless, settingsOf());
});

test('a missing right to list groups is a warning', async () => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
  await checkDatabaseLog((await stage(DENIED)).serverless, settingsOf());
  expect(warned.mock.calls.flat().join()).toContain('logs:DescribeLogGroups');
});

test('a removal deletes the group if RDS has written it anew', async () => {
  const { asked, serverless } = await stage({ body: '' });
  await deleteDatabaseLog(serverless, settingsOf({ keepData: false }));
  expect(asked).toEqual([`POST / DeleteLogGroup {"logGroupName":"${GROUP}"}`]);
});

test('a removal without such a group is quiet, and a group that stays is printed with the command', async () => {
  const failed = vi.spyOn(console, 'error').mockImplementation(() => {});
  const gone: Answer = { status: 400, body: '{"__type":"ResourceNotFoundException","message":"gone"}' };
  await deleteDatabaseLog((await stage(gone)).serverless, settingsOf({ keepData: false }));
  expect(failed).not.toHaveBeenCalled();
  await deleteDatabaseLog((await stage(DENIED)).serverless, settingsOf({ keepData: false }));
  expect(failed.mock.calls.flat().join()).toContain(COMMAND);
});

test('a stage that keeps its data keeps the log, and one without Aurora has none', async () => {
  for (const parameters of [{}, { keepData: false, databaseUrl: 'a-secret' }]) {
    const { asked, serverless } = await stage(DENIED);
    await deleteDatabaseLog(serverless, settingsOf(parameters));
    expect(asked).toEqual([]);
  }
});
