import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyBucket } from '../../deployment/empty-bucket.ts';
import { OPEN_ROUTES } from '../fixtures/open-routes.ts';
import { TEST_CLIENT } from '../support/aws.ts';
import { pythonPrograms } from '../support/python.ts';
import { makeFolder, removeFolder } from '../support/temp.ts';
import { type Account, type Inventory, startAccount } from './moto.ts';
import { type Deployer, deployer } from './serverless.ts';

const STACK = 'my-little-ps-dev';
const REGION = 'eu-central-1';
const HERE = { CreateBucketConfiguration: { LocationConstraint: REGION } } as const;

/** The results of a first deployment, a second one and the removal. */
interface LifeCycle {
  readonly printed: string;
  readonly deployed: Inventory;
  readonly again: Inventory;
  readonly printedByRemove: string;
  readonly removed: Inventory;
  readonly customResources: ReturnType<Account['customResources']>;
}

function storeOf(account: Account): S3Client {
  return new S3Client({ ...TEST_CLIENT, endpoint: account.url });
}

/** Puts a file and an unfinished upload into the bucket of reports. */
async function fillBucket(account: Account, { buckets }: Inventory): Promise<void> {
  const Bucket = buckets.map((bucket: any) => bucket.Name).find((name: string) => name.includes('reports'));
  const client = storeOf(account);
  await client.send(new PutObjectCommand({ Bucket, Key: '1/report.csv', Body: 'type,amount\n' }));
  await client.send(new CreateMultipartUploadCommand({ Bucket, Key: '2/report.csv' }));
  client.destroy();
}

async function deployTwiceAndRemove(dev: Deployer, account: Account): Promise<LifeCycle> {
  const parameters = ['alarms=true', 'alarmEmail=somebody@example.com', 'eventLog=true'];
  const printed = await dev.run('deploy', parameters);
  const deployed = await account.inventory(STACK);
  await appendFile(join(dev.service, 'functions', 'event-log.ts'), "\nconsole.info('changed');\n");
  await dev.run('deploy', parameters);
  const again = await account.inventory(STACK);
  await fillBucket(account, again);
  const printedByRemove = await dev.run('remove');
  const removed = await account.inventory(STACK);
  const customResources = account.customResources();
  return { printed, deployed, again, printedByRemove, removed, customResources };
}

const programs = await pythonPrograms('The deployment against moto');

describe.skipIf(programs === undefined)('serverless deploy', () => {
  let folder: string;
  let account: Account;
  let cycle: LifeCycle;

  beforeAll(async () => {
    folder = await makeFolder('deploy');
    account = await startAccount(programs ?? '', folder);
    cycle = await deployTwiceAndRemove(await deployer(folder, account, 'dev', 'with bundles'), account);
  });
  afterAll(async () => {
    await account?.stop();
    await removeFolder(folder);
  });

  test('completes the stack, and outputs the URL of the API', () => {
    const [stack] = cycle.deployed['stacks'];
    expect(stack.StackStatus).toMatch(/_COMPLETE$/);
    expect(stack.Outputs.map((output: any) => output.OutputKey)).toContain('HttpApiUrl');
  });

  test('completes if the request for the first key fails, and prints the command to try again', () => {
    expect(cycle.printed).toContain(
      'The first API key could not be asked for: the function keys failed; its log says why.',
    );
    expect(cycle.printed).toContain('serverless invoke --stage dev --function keys');
    expect(cycle.printed).toContain('Service deployed to stack');
  });

  test('makes the queues', () => {
    const { queues } = cycle.deployed;
    expect(Object.keys(queues).sort()).toEqual([
      `${STACK}-dead-letters.fifo`,
      `${STACK}-failed-events`,
      `${STACK}-failed-runs`,
      `${STACK}-operations.fifo`,
    ]);
    const operations = queues[`${STACK}-operations.fifo`];
    expect(operations).toMatchObject({
      FifoQueue: 'true',
      VisibilityTimeout: '180',
      DeduplicationScope: 'messageGroup',
      FifoThroughputLimit: 'perMessageGroupId',
    });
    expect(JSON.parse(operations?.['RedrivePolicy'] ?? '{}')).toMatchObject({
      deadLetterTargetArn: queues[`${STACK}-dead-letters.fifo`]?.['QueueArn'],
    });
    expect(JSON.parse(operations?.['Policy'] ?? '{}').Statement[0]).toMatchObject({ Effect: 'Deny' });
  });

  test('makes every function with a role, a log group and its settings', () => {
    const { functions, roles, logGroups } = cycle.deployed;
    expect(functions.length).toBeGreaterThanOrEqual(28);
    expect(Object.keys(roles)).toHaveLength(functions.length);
    expect(new Set(functions.map((one: any) => one.Role)).size).toBe(functions.length);
    for (const { FunctionName, Runtime, Architectures, Environment } of functions) {
      expect({ FunctionName, Runtime, Architectures }).toEqual({
        FunctionName,
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
      });
      expect(logGroups.map((group: any) => group.logGroupName)).toContain(`/aws/lambda/${FunctionName}`);
      expect(JSON.stringify(Environment)).not.toMatch(/"Ref"|Fn::|null/);
    }
  });

  test('connects the processor to the queue, in batches of ten', () => {
    const { mappings, queues } = cycle.deployed;
    expect(mappings).toHaveLength(1);
    expect(mappings[0]).toMatchObject({
      EventSourceArn: queues[`${STACK}-operations.fifo`]?.['QueueArn'],
      FunctionArn: expect.stringContaining(`${STACK}-processor`),
      BatchSize: 10,
    });
  });

  test('invokes relay, balancer and reconcile on a schedule, and the subscriber by the bus', () => {
    const targets = cycle.deployed['rules'].map((rule: any) => ({
      by: rule.ScheduleExpression ?? rule.EventBusName,
      calls: rule.Targets[0].Arn.split(':').at(-1).replace(`${STACK}-`, ''),
    }));
    expect(targets.map((one: any) => one.calls).sort()).toEqual([
      'balancer',
      'eventLog',
      'reconcile',
      'relay',
    ]);
    expect(targets).toContainEqual({ by: STACK, calls: 'eventLog' });
    expect(cycle.deployed['buses'].map((bus: any) => bus.Name)).toEqual([STACK]);
  });

  test('gives every route but the open ones the authorizer', () => {
    const [api] = cycle.deployed['apis'];
    const open = api.Routes.filter((route: any) => route.AuthorizationType !== 'CUSTOM');
    expect(open.map((route: any) => route.RouteKey).toSorted()).toEqual(OPEN_ROUTES);
    expect(api.Routes.length).toBeGreaterThanOrEqual(20);
    expect(api.Authorizers).toHaveLength(1);
    expect(api.Stages).toMatchObject([{ StageName: '$default', AutoDeploy: true }]);
  });

  test('makes the alarms, each of which notifies the topic', () => {
    const { alarms, topics } = cycle.deployed;
    expect(topics).toHaveLength(1);
    expect(alarms.length).toBeGreaterThan(50);
    for (const alarm of alarms) expect(alarm.AlarmActions).toEqual([topics[0].TopicArn]);
    expect(cycle.deployed['dashboards'].map((one: any) => one.DashboardName)).toEqual([STACK]);
  });

  test('makes the database in a separate network', () => {
    const { clusters, instances, networks } = cycle.deployed;
    expect(clusters).toMatchObject([
      {
        DBClusterIdentifier: STACK,
        Engine: 'aurora-postgresql',
        StorageEncrypted: true,
        DeletionProtection: false,
      },
    ]);
    expect(instances).toMatchObject([{ DBClusterIdentifier: STACK }]);
    expect(networks).toHaveLength(1);
  });

  test('deploys only the changed function again', () => {
    const hashes = ({ functions }: Inventory) =>
      Object.fromEntries(functions.map((one: any) => [one.FunctionName, one.CodeSha256]));
    const [before, after] = [hashes(cycle.deployed), hashes(cycle.again)];
    expect(Object.keys(after).filter((name) => after[name] !== before[name])).toEqual([`${STACK}-eventLog`]);
    expect(cycle.again['stacks'][0].StackStatus).toBe('UPDATE_COMPLETE');
    expect(cycle.again.queues).toMatchObject(
      Object.fromEntries(Object.keys(cycle.deployed.queues).map((name) => [name, {}])),
    );
  });

  test('migrates the database once, and not again in a deployment without a new migration', () => {
    expect(cycle.customResources.map((one) => one.RequestType)).toEqual(['Create', 'Delete']);
    expect(cycle.customResources[0]?.ResourceProperties).toMatchObject({
      ServiceToken: expect.stringContaining(`${STACK}-migrate`),
      Version: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test('empties a bucket with more files than S3 deletes at once, and aborts its uploads', async () => {
    const Bucket = 'a-bucket-of-many';
    const client = storeOf(account);
    await client.send(new CreateBucketCommand({ Bucket, ...HERE }));
    const keys = Array.from({ length: 1_001 }, (_, index) => `${index}/report.csv`);
    await Promise.all(keys.map((Key) => client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))));
    const unfinished = keys.slice(0, 51);
    await Promise.all(
      unfinished.map((Key) => client.send(new CreateMultipartUploadCommand({ Bucket, Key }))),
    );
    expect(await emptyBucket(client, Bucket)).toBe(keys.length);
    expect((await client.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
    expect((await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads ?? []).toEqual([]);
    await client.send(new DeleteBucketCommand({ Bucket }));
    client.destroy();
  });

  test('is removed completely by serverless remove, including the report files', () => {
    expect(cycle.printedByRemove).toMatch(/Deleted 1 file of my-little-ps-dev-reportsbucket-/);
    const { stacks, ...rest } = cycle.removed;
    expect(stacks.filter((stack: any) => stack.StackStatus !== 'DELETE_COMPLETE')).toEqual([]);
    const left = Object.entries(rest).filter(([, items]) => Object.keys(items).length > 0);
    expect(Object.fromEntries(left)).toEqual({});
  });
});
