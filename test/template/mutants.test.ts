import { beforeAll, expect, test } from 'vitest';
import { type OwnMetrics, ownMetrics } from './own-metrics.ts';
import { templateOf, type Variant } from './packages.ts';
import { rulesOf } from './rules.ts';
import type { Template } from './template.ts';

type Resources = Record<string, any>;
type Mutant = readonly [what: string, rule: string, mutate: Mutate, variant?: Variant];
type Mutate = (resources: Resources, outputs: Record<string, unknown>) => void;

const grant = (role: string, Action: string, Resource: unknown) => (resources: Resources) =>
  resources[role].Properties.Policies[0].PolicyDocument.Statement.push({ Effect: 'Allow', Action, Resource });
const set = (id: string, property: string, value: unknown) => (resources: Resources) => {
  resources[id].Properties[property] = value;
};
const drop = (id: string) => (resources: Resources) => {
  delete resources[id];
};
const setVariable = (id: string, name: string, value: unknown) => (resources: Resources) => {
  resources[id].Properties.Environment.Variables[name] = value;
};
const queueArn = { 'Fn::GetAtt': ['OperationsQueue', 'Arn'] };
const FIFO = { 'Fn::GetAtt': ['DeadLetterQueue', 'Arn'] };

/** Faults planted, one at a time, in a template that keeps every rule; the named rule has to find it. */
const MUTANTS: readonly Mutant[] = [
  [
    'two functions share a role',
    'oneRolePerFunction',
    (r) => set('RelayLambdaFunction', 'Role', r['BalancerLambdaFunction'].Properties.Role)(r),
  ],
  [
    'a role has a managed policy',
    'noOtherPolicies',
    set('RelayRole', 'ManagedPolicyArns', ['arn:aws:iam::aws:policy/AdministratorAccess']),
  ],
  ['a role may send to every queue', 'noRightOnEverything', grant('RelayRole', 'sqs:SendMessage', '*')],
  ['a role may do everything with a queue', 'noRightOnEverything', grant('RelayRole', 'sqs:*', queueArn)],
  ['the relay may receive', 'everyRightIsNeeded', grant('RelayRole', 'sqs:ReceiveMessage', queueArn)],
  [
    'a report may wake the processor',
    'everyRightIsNeeded',
    grant('ListOperationsRole', 'sqs:SendMessage', queueArn),
  ],
  [
    'a wallet may be read with the master password',
    'everyRightIsNeeded',
    grant('GetWalletRole', 'secretsmanager:GetSecretValue', '*'),
  ],
  [
    'the processor may not postpone',
    'everyNeedHasItsRight',
    (r) => {
      for (const { Properties } of [r['ProcessorRole']])
        for (const { Action } of Properties.Policies[0].PolicyDocument.Statement)
          if (Array.isArray(Action) && Action.includes('sqs:ChangeMessageVisibility'))
            Action.splice(Action.indexOf('sqs:ChangeMessageVisibility'), 1);
    },
  ],
  [
    'a role may be every database user',
    'everyRoleIsOneDatabaseUser',
    grant('RelayRole', 'rds-db:connect', { 'Fn::Sub': 'arn:aws:rds-db:eu-central-1:1:dbuser:*/*' }),
  ],
  [
    'the dead letters of a FIFO queue go to a standard one',
    'everyQueueHasItsDeadLetterQueue',
    (r) =>
      set('OperationsQueue', 'RedrivePolicy', {
        deadLetterTargetArn: { 'Fn::GetAtt': ['FailedRunsQueue', 'Arn'] },
      })(r),
  ],
  [
    'dead letters are deleted after a day',
    'everyQueueHasItsDeadLetterQueue',
    set('DeadLetterQueue', 'MessageRetentionPeriod', 86_400),
  ],
  [
    'failed runs go to a FIFO queue',
    'failedRunsAreKept',
    (r) => {
      for (const { Type, Properties } of Object.values(r))
        if (Type === 'AWS::Events::Rule') Properties.Targets[0].DeadLetterConfig.Arn = FIFO;
    },
  ],
  [
    'a failed run is dropped',
    'failedRunsAreKept',
    (r) => {
      for (const [id, { Type }] of Object.entries(r))
        if (Type === 'AWS::Lambda::EventInvokeConfig') delete r[id];
    },
  ],
  [
    'a message comes back while it is processed',
    'visibilityOutlastsTheFunction',
    set('OperationsQueue', 'VisibilityTimeout', 179),
  ],
  [
    'the processor has a longer timeout',
    'visibilityOutlastsTheFunction',
    set('ProcessorLambdaFunction', 'Timeout', 31),
  ],
  [
    'a whole batch fails',
    'failuresAreReportedOneByOne',
    set('ProcessorEventSourceMappingSQSOperationsQueue', 'FunctionResponseTypes', []),
  ],
  ['a queue is not encrypted', 'queuesAreEncrypted', set('FailedRunsQueue', 'SqsManagedSseEnabled', false)],
  ['a queue accepts plain HTTP', 'queuesTakeTlsOnly', drop('OperationsQueuePolicy')],
  [
    'a policy covers another queue',
    'queuesTakeTlsOnly',
    (r) => {
      r['OperationsQueuePolicy'].Properties.PolicyDocument.Statement[0].Resource = FIFO;
    },
  ],
  [
    "a policy's statement covers two queues",
    'everyQueuePolicyCoversOneQueue',
    (r) => {
      r['OperationsQueuePolicy'].Properties.PolicyDocument.Statement[0].Resource = [queueArn, FIFO];
    },
  ],
  [
    'a function runs on an old Node',
    'runtimeOfEveryFunction',
    set('RelayLambdaFunction', 'Runtime', 'nodejs22.x'),
  ],
  [
    'a function runs on x86',
    'runtimeOfEveryFunction',
    set('RelayLambdaFunction', 'Architectures', ['x86_64']),
  ],
  [
    'a function is not traced',
    'everyFunctionIsTraced',
    set('RelayLambdaFunction', 'TracingConfig', undefined),
  ],
  ['a log is kept for ever', 'everyLogIsKeptForATime', set('RelayLogGroup', 'RetentionInDays', undefined)],
  ['a function makes its own log group', 'everyLogIsKeptForATime', drop('RelayLogGroup')],
  ['a log is text', 'everyLogIsJson', set('RelayLambdaFunction', 'LoggingConfig', { LogFormat: 'Text' })],
  ['a request may take a minute', 'noRequestOutlastsTheApi', set('GetWalletLambdaFunction', 'Timeout', 60)],
  [
    'a function does not wait for the migration',
    'migrationComesBeforeEveryFunction',
    (r) => {
      r['GetWalletLambdaFunction'].DependsOn = ['GetWalletLogGroup'];
    },
  ],
  [
    'the migration does not wait for the database',
    'migrationComesAfterItsDependencies',
    (r) => {
      for (const id of ['DatabaseMigration', 'MigrateLambdaFunction'])
        r[id].DependsOn = [r[id].DependsOn].flat().filter((name: string) => name !== 'DatabaseWriter');
    },
  ],
  [
    'a route is open',
    'everyRouteButHealthHasTheAuthorizer',
    (r) => {
      r['HttpApiRouteGetWallets'].Properties.AuthorizationType = 'NONE';
    },
  ],
  [
    'the authorizer does not get the key',
    'theAuthorizerGetsTheKey',
    (r) => {
      for (const { Type, Properties } of Object.values(r))
        if (Type === 'AWS::ApiGatewayV2::Authorizer') Properties.IdentitySource = [];
    },
  ],
  ['the API may not call a function', 'theApiMayCallItsFunctions', drop('GetWalletLambdaPermissionHttpApi')],
  ['the API is not throttled', 'theApiIsThrottled', set('HttpApiStage', 'DefaultRouteSettings', {})],
  [
    'a function has no reservation',
    'functionsFitIntoTheDatabase',
    set('GetWalletLambdaFunction', 'ReservedConcurrentExecutions', undefined),
  ],
  [
    'the functions open too many connections',
    'functionsFitIntoTheDatabase',
    set('GetWalletLambdaFunction', 'ReservedConcurrentExecutions', 1_500),
  ],
  [
    'the mapping calls more than is reserved',
    'theMappingCallsNoMoreThanIsReserved',
    set('ProcessorEventSourceMappingSQSOperationsQueue', 'ScalingConfig', { MaximumConcurrency: 500 }),
  ],
  [
    'ten balancers run at once',
    'schedulesDoNotPileUp',
    set('BalancerLambdaFunction', 'ReservedConcurrentExecutions', 10),
  ],
  [
    'two stages share a queue name',
    'everyNameHasItsStage',
    set('OperationsQueue', 'QueueName', 'operations.fifo'),
  ],
  ['a name is too long', 'noNameIsTooLong', set('RelayLambdaFunction', 'FunctionName', 'x'.repeat(65))],
  [
    'the URL of the API is not an output',
    'everyRequiredOutputExists',
    (_, outputs) => {
      delete outputs['HttpApiUrl'];
    },
  ],
  [
    'a reference has no target',
    'everyReferenceHasItsTarget',
    set('RelayLambdaFunction', 'Role', { 'Fn::GetAtt': ['NoRole', 'Arn'] }),
  ],
  [
    'a password is in the environment',
    'noSecretIsInTheTemplate',
    setVariable('RelayLambdaFunction', 'DATABASE_URL', 'postgres://me:hush@host/db'),
  ],
  [
    'a token is in the environment',
    'noSecretIsInTheTemplate',
    setVariable('RelayLambdaFunction', 'API_TOKEN', 'hush'),
  ],
  [
    'the bucket may be public',
    'theBucketIsClosed',
    set('ServerlessDeploymentBucket', 'PublicAccessBlockConfiguration', undefined),
  ],
  ['reports may be read without TLS', 'reportsTravelOverTlsAndExpire', drop('ReportsBucketPolicy')],
  [
    'reports are kept for ever',
    'reportsTravelOverTlsAndExpire',
    set('ReportsBucket', 'LifecycleConfiguration', undefined),
  ],
  ['the database is public', 'theDatabaseIsPrivate', set('DatabaseWriter', 'PubliclyAccessible', true)],
  [
    'the database is not encrypted',
    'theDatabaseIsPrivate',
    set('DatabaseCluster', 'StorageEncrypted', false),
  ],
  [
    'the database has no IAM authentication',
    'theDatabaseIsPrivate',
    set('DatabaseCluster', 'EnableIAMDatabaseAuthentication', false),
  ],
  ['connections may be without TLS', 'theDatabaseIsPrivate', set('DatabaseSettings', 'Parameters', {})],
  [
    'the database is open to every address',
    'theDatabaseIsPrivate',
    set('DatabaseSecurityGroup', 'SecurityGroupIngress', [{ IpProtocol: '-1', CidrIp: '0.0.0.0/0' }]),
  ],
  ['the database can be deleted', 'theDatabaseIsKept', set('DatabaseCluster', 'DeletionProtection', false)],
  [
    'the database is deleted with the stack',
    'theDatabaseIsKept',
    (r) => {
      r['DatabaseCluster'].DeletionPolicy = 'Delete';
    },
  ],
  ['dev is protected', 'theDatabaseIsRemovable', set('DatabaseCluster', 'DeletionProtection', true), 'dev'],
  [
    'dev leaves a snapshot',
    'theDatabaseIsRemovable',
    (r) => {
      delete r['DatabaseCluster'].DeletionPolicy;
    },
    'dev',
  ],
  [
    'there is a NAT',
    'theNetworkHasNoIngress',
    (r) => {
      r['Nat'] = { Type: 'AWS::EC2::NatGateway', Properties: {} };
    },
  ],
  [
    'a route leads to the internet',
    'theNetworkHasNoIngress',
    (r) => {
      r['RouteOut'].Properties = { GatewayId: { Ref: 'Gateway' }, DestinationCidrBlock: '0.0.0.0/0' };
    },
  ],
  [
    'a function in the network has no IPv6',
    'functionsInTheNetworkReachAws',
    (r) => {
      r['GetWalletLambdaFunction'].Properties.VpcConfig.Ipv6AllowedForDualStack = false;
    },
  ],
  [
    'a function is outside the network',
    'functionsWithADatabaseAreInItsNetwork',
    (r) => {
      delete r['GetWalletLambdaFunction'].Properties.VpcConfig;
    },
  ],
  [
    'an unused network is created',
    'thereIsNoDatabase',
    (r) => {
      r['Vpc'] = { Type: 'AWS::EC2::VPC', Properties: {} };
    },
    'own',
  ],
  [
    'the database URL is not from the secret',
    'theUrlComesFromTheSecret',
    setVariable('RelayLambdaFunction', 'DATABASE_URL', 'my-secret'),
    'own',
  ],
  ['no alarm watches the dead letters', 'everyRequiredAlarmExists', drop('DeadLettersAlarm')],
  ['no alarm watches a function', 'everyRequiredAlarmExists', drop('GetWalletErrorsAlarm')],
  [
    'an alarm does not notify the topic',
    'everyAlarmNotifiesTheTopic',
    set('DeadLettersAlarm', 'AlarmActions', []),
  ],
  [
    'a stopped relay raises no alarm',
    'missingMetricsOfSchedulesRaiseAnAlarm',
    set('RelayMissedAlarm', 'TreatMissingData', 'notBreaching'),
  ],
  [
    'an alarm looks back for a month',
    'noAlarmLooksTooFarBack',
    set('ReconcileMissedAlarm', 'EvaluationPeriods', 720),
  ],
  [
    "alarms may not use the topic's key",
    'theTopicIsEncryptedAndAlarmsMayPublish',
    (r) => {
      r['AlarmKey'].Properties.KeyPolicy.Statement.pop();
    },
  ],
  [
    'a metric does not exist',
    'everyAlarmNamesARealMetric',
    set('DeadLettersAlarm', 'MetricName', 'MessagesVisible'),
  ],
  [
    'a metric of REST APIs is watched',
    'everyAlarmNamesARealMetric',
    set('ServerErrorsAlarm', 'MetricName', '5XXError'),
  ],
  [
    'a queue is named by its URL',
    'everyAlarmNamesARealMetric',
    set('DeadLettersAlarm', 'Dimensions', [{ Name: 'QueueName', Value: { Ref: 'DeadLetterQueue' } }]),
  ],
  [
    'a dimension names an unknown function',
    'everyAlarmNamesARealMetric',
    set('GetWalletErrorsAlarm', 'Dimensions', [{ Name: 'FunctionName', Value: 'my-little-ps-prod-gone' }]),
  ],
  [
    'a metric of the functions is watched in the wrong namespace',
    'everyAlarmNamesARealMetric',
    set('OldestPendingAlarm', 'Namespace', 'my-little-ps'),
  ],
  [
    'a metric of the functions is watched without its dimension',
    'everyAlarmNamesARealMetric',
    set('OldestPendingAlarm', 'Dimensions', []),
  ],
];

const templates = new Map<Variant, Template>();
let own: OwnMetrics;

beforeAll(async () => {
  for (const variant of ['dev', 'prod', 'own'] as const) templates.set(variant, await templateOf(variant));
  own = await ownMetrics(templates.get('prod') as Template);
});

for (const [what, rule, mutate, variant = 'prod'] of MUTANTS)
  test(`if ${what}, the rule ${rule} finds it`, () => {
    const template = structuredClone(templates.get(variant)) as Template;
    const check = rulesOf(variant, own)[rule];
    expect(check?.(template)).toEqual([]);
    mutate(template.Resources, template.Outputs);
    expect(check?.(template)).not.toEqual([]);
  });

test('if a metric is renamed in the source, the rule finds the alarm with its old name', () => {
  const renamed = { ...own, names: own.names.filter((name) => name !== 'ReconcileProblems') };
  const check = rulesOf('prod', renamed)['everyAlarmNamesARealMetric'];
  expect(check?.(templates.get('prod') as Template)).toEqual([
    'ReconcileProblemsAlarm: no function writes ReconcileProblems',
  ]);
});

test('every rule has a mutant', () => {
  const rules = (['dev', 'prod', 'own'] as const).flatMap((variant) => Object.keys(rulesOf(variant, own)));
  const tested = MUTANTS.map(([, rule]) => rule);
  expect([...new Set(rules)].filter((rule) => !tested.includes(rule))).toEqual([]);
});
