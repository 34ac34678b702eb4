import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  protect,
  protectNow,
  protectOnceCreated,
  refuseIfProtected,
} from '../../../deployment/protection.ts';
import type { Serverless, Template } from '../../../deployment/serverless.ts';
import { type Answer, fakeAws, stageOf } from './fake-aws.ts';
import { settingsOf } from './settings-of.ts';

beforeEach(() => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});

const MISSING: Answer = {
  status: 400,
  body: '<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id my-little-ps-prod does not exist</Message></Error></ErrorResponse>',
};

const UPDATING: Answer = {
  body: '<UpdateStackResponse><UpdateStackResult><StackId>1</StackId></UpdateStackResult></UpdateStackResponse>',
};

/** CloudFormation's description of the stack. */
function described(termination: boolean, database?: boolean): Answer {
  const parameter = `<member><ParameterKey>DatabaseProtection</ParameterKey><ParameterValue>${database}</ParameterValue></member>`;
  return {
    body:
      '<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>my-little-ps-prod</StackName>' +
      `<StackStatus>UPDATE_COMPLETE</StackStatus><EnableTerminationProtection>${termination}</EnableTerminationProtection>` +
      `<Parameters>${database === undefined ? '' : parameter}</Parameters></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
  };
}

async function stack(answers: (request: string) => Answer, resources: Readonly<Record<string, string>> = {}) {
  const { asked, config } = await fakeAws(answers);
  const provider: Serverless['service']['provider'] = {
    region: 'eu-central-1',
    httpApi: {},
    compiledCloudFormationTemplate: { Resources: {}, Outputs: {} },
  };
  const service = { service: 'my-little-ps', provider };
  return { asked, provider, serverless: { ...stageOf(config, resources), service } as unknown as Serverless };
}

const nothing = (): Answer => ({ status: 500, body: '' });

test('the cluster of a stage with keepData is protected by a parameter of the stack, and leaves a snapshot', () => {
  const template = (): Template => ({
    Resources: { DatabaseCluster: { Type: 'AWS::RDS::DBCluster', Properties: {} } },
    Outputs: {},
  });
  const [kept, removable] = [template(), template()];
  protect(kept, settingsOf());
  expect(kept.Resources['DatabaseCluster']).toMatchObject({
    DeletionPolicy: 'Snapshot',
    Properties: { DeletionProtection: { Ref: 'DatabaseProtection' } },
  });
  expect(kept.Parameters).toMatchObject({ DatabaseProtection: { Default: 'true' } });
  protect(removable, settingsOf({ keepData: false }));
  expect(removable.Resources['DatabaseCluster']).toMatchObject({
    DeletionPolicy: 'Delete',
    Properties: { DeletionProtection: false },
  });
  expect(removable.Parameters).toBeUndefined();
});

test('the deployment that creates the cluster leaves it unprotected, a later one does not', async () => {
  const first = await stack(nothing, { ReportsBucket: 'b' });
  await protectOnceCreated(first.serverless, settingsOf());
  expect(first.provider.stackParameters).toEqual([
    { ParameterKey: 'DatabaseProtection', ParameterValue: 'false' },
  ]);
  const later = await stack(nothing, { DatabaseCluster: 'my-little-ps-prod' });
  await protectOnceCreated(later.serverless, settingsOf());
  expect(later.provider.stackParameters).toEqual([
    { ParameterKey: 'DatabaseProtection', ParameterValue: 'true' },
  ]);
});

test.each([{ keepData: false }, { databaseUrl: 'a-secret' }])(
  'a stage with %j has no such parameter',
  async (parameters) => {
    const { serverless, provider, asked } = await stack(nothing);
    await protectOnceCreated(serverless, settingsOf(parameters));
    await protectNow(serverless, settingsOf(parameters));
    expect(provider.stackParameters).toBeUndefined();
    expect(asked).toEqual([]);
  },
);

test('after the deployment that created the cluster, its protection is turned on with the same template', async () => {
  const { serverless, asked } = await stack((request) =>
    request.includes('UpdateStack') ? UPDATING : described(true, false),
  );
  await protectNow(serverless, settingsOf());
  const update = asked.find((request) => request.includes('Action=UpdateStack'));
  expect(update).toContain('UsePreviousTemplate=true');
  expect(update).toContain('ParameterKey=DatabaseProtection');
  expect(update).toContain('ParameterValue=true');
});

test('a protected cluster is left alone', async () => {
  const { serverless, asked } = await stack(() => described(true, true));
  await protectNow(serverless, settingsOf());
  expect(asked).toHaveLength(1);
});

test('if the protection can not be turned on, the deployment fails with the command that does it', async () => {
  const denied =
    '<ErrorResponse><Error><Code>AccessDenied</Code><Message>not authorized to perform UpdateStack</Message></Error></ErrorResponse>';
  const { serverless } = await stack((request) =>
    request.includes('UpdateStack') ? { status: 403, body: denied } : described(true, false),
  );
  const failure = protectNow(serverless, settingsOf());
  await expect(failure).rejects.toThrow(
    'ITS DATABASE IS NOT PROTECTED FROM DELETION: not authorized to perform UpdateStack.',
  );
  await expect(failure).rejects.toThrow(
    'aws cloudformation update-stack --use-previous-template --capabilities CAPABILITY_NAMED_IAM --region eu-central-1 ' +
      '--stack-name my-little-ps-prod --parameters ParameterKey=DatabaseProtection,ParameterValue=true',
  );
});

test('a removal is refused while the stack or its database is protected, with the commands that end it', async () => {
  const both = await stack(() => described(true, true));
  await expect(refuseIfProtected(both.serverless)).rejects.toThrow(
    /so nothing was removed[\s\S]*--no-enable-termination-protection --region eu-central-1 --stack-name my-little-ps-prod[\s\S]*ParameterValue=false/,
  );
  const onlyStack = await stack(() => described(true));
  await expect(refuseIfProtected(onlyStack.serverless)).rejects.toThrow(/--no-enable-termination-protection/);
  await expect(refuseIfProtected(onlyStack.serverless)).rejects.not.toThrow(/DatabaseProtection/);
  const onlyDatabase = await stack(() => described(false, true));
  await expect(refuseIfProtected(onlyDatabase.serverless)).rejects.toThrow(/ParameterValue=false/);
});

test('a stack without protection, or no stack, may be removed', async () => {
  await refuseIfProtected((await stack(() => described(false, false))).serverless);
  await refuseIfProtected((await stack(() => described(false))).serverless);
  await refuseIfProtected((await stack(() => MISSING)).serverless);
});

test('a missing right to look at the stack stops the removal', async () => {
  const denied =
    '<ErrorResponse><Error><Code>AccessDenied</Code><Message>not authorized</Message></Error></ErrorResponse>';
  const { serverless } = await stack(() => ({ status: 403, body: denied }));
  await expect(refuseIfProtected(serverless)).rejects.toThrow('not authorized');
});
