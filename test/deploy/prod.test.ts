import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CloudFormationClient,
  UpdateStackCommand,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TEST_CLIENT } from '../support/aws.ts';
import { pythonPrograms } from '../support/python.ts';
import { makeFolder, removeFolder } from '../support/temp.ts';
import { type Account, type Inventory, startAccount, USUAL } from './moto.ts';
import { type Deployer, deployer } from './serverless.ts';

const STACK = 'my-little-ps-prod';
const LOG_GROUP = `/aws/rds/cluster/${STACK}/postgresql`;

/** The resource that the template names last, so everything else exists when it fails. */
const LATE = 'Dashboard';

interface LifeCycle {
  readonly newAccount: string;
  readonly oldLog: string;
  readonly refused: Inventory;
  readonly failedFirst: string;
  readonly afterFailure: Inventory;
  readonly deployed: Inventory;
  readonly failedMigration: string;
  readonly rolledBack: Inventory;
  readonly migrations: ReturnType<Account['customResources']>;
  readonly again: Inventory;
  readonly refusedRemoval: string;
  readonly untouched: Inventory;
  readonly halfway: string;
  readonly removed: Inventory;
}

async function refuseBeforeBuilding(prod: Deployer, account: Account) {
  await account.decide({ ...USUAL, quota: 10 });
  const newAccount = await prod.refusal('deploy');
  await account.decide(USUAL);
  const logs = new CloudWatchLogsClient({ ...TEST_CLIENT, endpoint: account.url });
  await logs.send(new CreateLogGroupCommand({ logGroupName: LOG_GROUP }));
  const oldLog = await prod.refusal('deploy');
  const refused = await account.inventory(STACK);
  await logs.send(new DeleteLogGroupCommand({ logGroupName: LOG_GROUP }));
  logs.destroy();
  return { newAccount, oldLog, refused };
}

async function failAndDeploy(prod: Deployer, account: Account) {
  await account.decide({ ...USUAL, failing: [LATE] });
  const failedFirst = await prod.refusal('deploy');
  const afterFailure = await account.inventory(STACK);
  await account.decide(USUAL);
  await prod.run('deploy');
  const deployed = await account.inventory(STACK);
  return { failedFirst, afterFailure, deployed };
}

async function failMigration(prod: Deployer, account: Account) {
  await writeFile(join(prod.service, 'migrations', '9999_new.sql'), 'SELECT 1;\n');
  await account.decide({ ...USUAL, failing: ['DatabaseMigration'] });
  const failedMigration = await prod.refusal('deploy');
  const rolledBack = await account.inventory(STACK);
  await account.decide(USUAL);
  await prod.run('deploy');
  const again = await account.inventory(STACK);
  return { failedMigration, rolledBack, again, migrations: account.customResources() };
}

async function remove(prod: Deployer, account: Account) {
  const refusedRemoval = await prod.refusal('remove');
  const untouched = await account.inventory(STACK);
  const stacks = new CloudFormationClient({ ...TEST_CLIENT, endpoint: account.url });
  const StackName = STACK;
  await stacks.send(
    new UpdateTerminationProtectionCommand({ StackName, EnableTerminationProtection: false }),
  );
  const halfway = await prod.refusal('remove');
  await stacks.send(
    new UpdateStackCommand({
      StackName,
      UsePreviousTemplate: true,
      Parameters: [{ ParameterKey: 'DatabaseProtection', ParameterValue: 'false' }],
    }),
  );
  stacks.destroy();
  await prod.run('remove');
  const removed = await account.inventory(STACK);
  return { refusedRemoval, untouched, halfway, removed };
}

const programs = await pythonPrograms('The deployment of prod against moto');

describe.skipIf(programs === undefined)('serverless deploy --stage prod', () => {
  let folder: string;
  let account: Account;
  let cycle: LifeCycle;

  beforeAll(async () => {
    folder = await makeFolder('deploy-prod');
    account = await startAccount(programs ?? '', folder);
    const prod = await deployer(folder, account, 'prod');
    cycle = {
      ...(await refuseBeforeBuilding(prod, account)),
      ...(await failAndDeploy(prod, account)),
      ...(await failMigration(prod, account)),
      ...(await remove(prod, account)),
    };
  });
  afterAll(async () => {
    await account?.stop();
    await removeFolder(folder);
  });

  /** What is left beside these, whose tests have their own numbers. */
  const resourcesIn = (inventory: Inventory) =>
    Object.entries(inventory).filter(
      ([kind, items]) => !['stacks', 'snapshots', 'buckets'].includes(kind) && Object.keys(items).length > 0,
    );

  /** An inventory without what differs each time that it is made. */
  const withoutTimes = (inventory: Inventory): unknown =>
    JSON.parse(
      JSON.stringify(inventory, (key, value) =>
        ['LatestRestorableTime', 'ResponseMetadata'].includes(key) ? undefined : value,
      ),
    );

  test('refuses the quota of a new account before it packages, and names the quota to ask for', () => {
    expect(cycle.newAccount).toMatch(/but the account has 10 for them .*Ask for a quota of 501 or more/);
    expect(cycle.newAccount).not.toContain('Packaging');
  });

  test('refuses the log group of an earlier database, and leaves the account as it is', () => {
    expect(cycle.oldLog).toContain(
      `aws logs delete-log-group --region eu-central-1 --log-group-name ${LOG_GROUP}`,
    );
    expect(cycle.refused['stacks']).toEqual([]);
  });

  test('undoes a first deployment that fails late: only its snapshot and the deployment bucket stay', () => {
    expect(cycle.failedFirst).toContain(`${LATE} failed`);
    const { stacks, buckets, clusters, snapshots } = cycle.afterFailure;
    expect(stacks).toMatchObject([{ StackStatus: 'UPDATE_ROLLBACK_COMPLETE', Protected: false }]);
    expect(clusters).toEqual([]);
    expect(snapshots).toHaveLength(1);
    expect(buckets).toMatchObject([{ Name: expect.stringContaining('serverlessdeploymentbucket') }]);
    expect(resourcesIn(cycle.afterFailure)).toEqual([]);
  });

  test('deploys after that, and protects the stack and its database at once', () => {
    const { stacks, clusters, instances, alarms } = cycle.deployed;
    expect(stacks).toMatchObject([{ StackStatus: 'UPDATE_COMPLETE', Protected: true }]);
    expect(clusters).toMatchObject([{ DBClusterIdentifier: STACK, DeletionProtection: true }]);
    expect(instances).toHaveLength(2);
    expect(alarms.length).toBeGreaterThan(50);
  });

  test('rolls a failed migration back: the old functions stay, and the database keeps its protection', () => {
    expect(cycle.failedMigration).toContain('DatabaseMigration failed');
    const { stacks, functions, clusters } = cycle.rolledBack;
    expect(stacks).toMatchObject([{ StackStatus: 'UPDATE_ROLLBACK_COMPLETE', Protected: true }]);
    const settings = (inventory: Inventory) =>
      Object.fromEntries(inventory['functions'].map((one: any) => [one.FunctionName, one.Environment]));
    expect(settings({ ...cycle.rolledBack, functions })).toEqual(settings(cycle.deployed));
    expect(clusters).toMatchObject([{ DeletionProtection: true }]);
  });

  test('asks for the old version in the rollback, and for the new one in the next deployment', () => {
    const versions = cycle.migrations.map(({ RequestType, ResourceProperties }) => [
      RequestType,
      ResourceProperties['Version'],
    ]);
    const old = versions[0]?.[1];
    const changed = versions.at(-1)?.[1];
    expect(changed).not.toBe(old);
    // The first Create is of the deployment that failed; its rollback deletes the resource.
    expect(versions).toEqual([
      ['Create', old],
      ['Delete', undefined],
      ['Create', old],
      ['Update', changed],
      ['Update', old],
      ['Update', changed],
    ]);
    expect(cycle.again['stacks']).toMatchObject([{ StackStatus: 'UPDATE_COMPLETE' }]);
  });

  test('refuses a removal before anything is deleted, also once only the stack’s protection is off', () => {
    expect(cycle.refusedRemoval).toContain('--no-enable-termination-protection');
    expect(withoutTimes(cycle.untouched)).toEqual(withoutTimes(cycle.again));
    expect(cycle.halfway).toContain('ParameterKey=DatabaseProtection,ParameterValue=false');
  });

  test('is removed on purpose after both commands, and leaves one more snapshot of the database', () => {
    const { stacks, snapshots, buckets } = cycle.removed;
    expect(stacks.filter((stack: any) => stack.StackStatus !== 'DELETE_COMPLETE')).toEqual([]);
    expect(snapshots).toHaveLength(2);
    expect(buckets).toEqual([]);
    expect(resourcesIn(cycle.removed)).toEqual([]);
  });
});
