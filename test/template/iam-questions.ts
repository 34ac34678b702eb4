import type { Variant } from './packages.ts';
import { CLUSTER_ID, MASTER_SECRET } from './policies.ts';

/** A question to IAM and its answer: the sentence, who asks, the action, on what, and what IAM knows about the request. */
export interface Question {
  readonly says: string;
  /** A function of serverless.yml, whose role asks; or a service of AWS. */
  readonly who: string;
  readonly action: string;
  /** The logical id of a resource, whose own policies count, too; or an ARN. A path may follow the id. */
  readonly on: string;
  readonly allowed: boolean;
  /** The endpoint whose policy counts, if that is not the one of the resource. */
  readonly through?: string;
  readonly context?: Readonly<Record<string, string>>;
  /** Prod if it is missing. */
  readonly variant?: Variant;
}

const user = (role: string): string =>
  `arn:aws:rds-db:eu-central-1:123456789012:dbuser:${CLUSTER_ID}/${role === 'postgres' ? role : `my_little_ps_${role}`}`;

const logOf = (name: string): string =>
  `arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/my-little-ps-prod-${name}:log-stream:1`;

const functionArn = (name: string): string =>
  `arn:aws:lambda:eu-central-1:123456789012:function:my-little-ps-prod-${name}`;

/** A request over TLS, and one without. */
const TLS = { 'aws:SecureTransport': 'true' };
const PLAIN = { 'aws:SecureTransport': 'false' };

const may = (
  says: string,
  who: string,
  action: string,
  on: string,
  more: Partial<Question> = {},
): Question => ({ says: `${says}: allowed`, who, action, on, allowed: true, context: TLS, ...more });

const mayNot = (...given: Parameters<typeof may>): Question => {
  const [says] = given;
  return { ...may(...given), says: `${says}: refused`, allowed: false };
};

const QUEUES: readonly Question[] = [
  may('the relay wakes the processor', 'relay', 'sqs:SendMessage', 'OperationsQueue'),
  may('a transfer wakes the processor', 'transferAmount', 'sqs:SendMessage', 'OperationsQueue'),
  mayNot('a report wakes the processor', 'listOperations', 'sqs:SendMessage', 'OperationsQueue'),
  mayNot('the balancer wakes the processor', 'balancer', 'sqs:SendMessage', 'OperationsQueue'),
  mayNot('the relay wakes the processor without TLS', 'relay', 'sqs:SendMessage', 'OperationsQueue', {
    context: PLAIN,
  }),
  may('the processor receives wake-ups', 'processor', 'sqs:ReceiveMessage', 'OperationsQueue'),
  may('the processor deletes wake-ups', 'processor', 'sqs:DeleteMessage', 'OperationsQueue'),
  may('the processor delays wake-ups', 'processor', 'sqs:ChangeMessageVisibility', 'OperationsQueue'),
  mayNot('the relay receives wake-ups', 'relay', 'sqs:ReceiveMessage', 'OperationsQueue'),
  mayNot('the processor purges the queue', 'processor', 'sqs:PurgeQueue', 'OperationsQueue'),
  may('the processor sends dead letters', 'processor', 'sqs:SendMessage', 'DeadLetterQueue'),
  mayNot('the relay sends dead letters', 'relay', 'sqs:SendMessage', 'DeadLetterQueue'),
  mayNot('the processor reads dead letters', 'processor', 'sqs:ReceiveMessage', 'DeadLetterQueue'),
  may('a failed run of the relay is kept', 'relay', 'sqs:SendMessage', 'FailedRunsQueue'),
  may('a failed run of reconcile is kept', 'reconcile', 'sqs:SendMessage', 'FailedRunsQueue'),
  may('a failed event is kept', 'eventLog', 'sqs:SendMessage', 'FailedEventsQueue'),
  mayNot('a report is among the failed runs', 'listOperations', 'sqs:SendMessage', 'FailedRunsQueue'),
];

const EVENTS: readonly Question[] = [
  may('the processor publishes events', 'processor', 'events:PutEvents', 'EventBus'),
  may('a new wallet is an event', 'createWallet', 'events:PutEvents', 'EventBus'),
  may('a transfer that is waited for publishes events', 'transferAmount', 'events:PutEvents', 'EventBus'),
  mayNot('a batch, which settles nothing, publishes events', 'acceptBatch', 'events:PutEvents', 'EventBus'),
  mayNot('a report publishes events', 'listOperations', 'events:PutEvents', 'EventBus'),
  mayNot(
    'the processor publishes on the account’s bus',
    'processor',
    'events:PutEvents',
    'arn:aws:events:eu-central-1:123456789012:event-bus/default',
  ),
  mayNot('the processor makes rules', 'processor', 'events:PutRule', 'EventBus'),
  may(
    'EventBridge keeps what it can’t deliver',
    'events.amazonaws.com',
    'sqs:SendMessage',
    'FailedEventsQueue',
    {
      context: {
        ...TLS,
        'aws:SourceArn': 'arn:aws:events:eu-central-1:123456789012:rule/my-little-ps-prod/rule',
      },
    },
  ),
  mayNot('a rule of another stage does', 'events.amazonaws.com', 'sqs:SendMessage', 'FailedEventsQueue', {
    context: {
      ...TLS,
      'aws:SourceArn': 'arn:aws:events:eu-central-1:123456789012:rule/my-little-ps-dev/rule',
    },
  }),
  mayNot('EventBridge wakes the processor', 'events.amazonaws.com', 'sqs:SendMessage', 'OperationsQueue'),
];

const secret = (name: string): string => `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${name}`;

const DATABASE: readonly Question[] = [
  may('a report signs in as a reader', 'listOperations', 'rds-db:connect', user('read')),
  mayNot('a report signs in as the processor', 'listOperations', 'rds-db:connect', user('settle')),
  mayNot('a report signs in as the owner', 'listOperations', 'rds-db:connect', user('postgres')),
  may('the processor signs in to settle', 'processor', 'rds-db:connect', user('settle')),
  mayNot('the processor signs in to make keys', 'processor', 'rds-db:connect', user('keys')),
  may('keys are made by their own role', 'keys', 'rds-db:connect', user('keys')),
  mayNot('keys are made by who accepts', 'transferAmount', 'rds-db:connect', user('keys')),
  may('a transfer signs in to pay', 'transferAmount', 'rds-db:connect', user('pay')),
  mayNot('a transfer signs in as the processor', 'transferAmount', 'rds-db:connect', user('settle')),
  may('a batch signs in to pay', 'acceptBatch', 'rds-db:connect', user('pay')),
  mayNot('a batch signs in to accept', 'acceptBatch', 'rds-db:connect', user('accept')),
  mayNot('a new wallet signs in to pay', 'createWallet', 'rds-db:connect', user('pay')),
  may('the migration signs in as the owner', 'migrate', 'rds-db:connect', user('postgres')),
  mayNot('the migration signs in as a reader', 'migrate', 'rds-db:connect', user('read')),
  mayNot('the event log signs in', 'eventLog', 'rds-db:connect', user('read')),
  may('the migration reads the owner’s password', 'migrate', 'secretsmanager:GetSecretValue', MASTER_SECRET),
  mayNot(
    'a report reads the owner’s password',
    'listOperations',
    'secretsmanager:GetSecretValue',
    MASTER_SECRET,
  ),
  mayNot(
    'with another PostgreSQL, the migration reads a secret',
    'migrate',
    'secretsmanager:GetSecretValue',
    MASTER_SECRET,
    {
      variant: 'own',
    },
  ),
  may(
    'with another PostgreSQL, a report reads its address',
    'listOperations',
    'secretsmanager:GetSecretValue',
    secret('my-secret-AbCdEf'),
    { variant: 'own' },
  ),
  mayNot(
    'with another PostgreSQL, a report reads a secret with a longer name',
    'listOperations',
    'secretsmanager:GetSecretValue',
    secret('my-secret-of-others-AbCdEf'),
    { variant: 'own' },
  ),
  mayNot(
    'with another PostgreSQL, a report signs in to Aurora',
    'listOperations',
    'rds-db:connect',
    user('read'),
    {
      variant: 'own',
    },
  ),
];

const FILES: readonly Question[] = [
  may('a large report is written', 'downloadOperations', 's3:PutObject', 'ReportsBucket/1/report.csv'),
  may('a link to it works', 'downloadOperations', 's3:GetObject', 'ReportsBucket/1/report.csv'),
  mayNot('a report is deleted', 'downloadOperations', 's3:DeleteObject', 'ReportsBucket/1/report.csv'),
  mayNot('a report is read without TLS', 'downloadOperations', 's3:GetObject', 'ReportsBucket/1/report.csv', {
    context: PLAIN,
  }),
  mayNot('another function reads a report', 'listOperations', 's3:GetObject', 'ReportsBucket/1/report.csv'),
  mayNot(
    'a report is put among the deployments',
    'downloadOperations',
    's3:PutObject',
    'ServerlessDeploymentBucket/x',
  ),
];

const LAMBDA: readonly Question[] = [
  may('Lambda attaches a function to the network', 'getWallet', 'ec2:CreateNetworkInterface', '*'),
  mayNot('a function’s code makes a network interface', 'getWallet', 'ec2:CreateNetworkInterface', '*', {
    context: { ...TLS, 'lambda:SourceFunctionArn': functionArn('getWallet') },
  }),
  mayNot('the migration’s code lists network interfaces', 'migrate', 'ec2:DescribeNetworkInterfaces', '*', {
    context: { ...TLS, 'lambda:SourceFunctionArn': functionArn('migrate') },
  }),
  mayNot(
    'the event log, outside the network, is attached to it',
    'eventLog',
    'ec2:CreateNetworkInterface',
    '*',
  ),
  mayNot('with another PostgreSQL, a function is attached', 'getWallet', 'ec2:CreateNetworkInterface', '*', {
    variant: 'own',
  }),
  may('a function logs', 'getWallet', 'logs:PutLogEvents', logOf('getWallet')),
  mayNot('a function logs as another', 'getWallet', 'logs:PutLogEvents', logOf('keys')),
  mayNot('a function deletes its log', 'getWallet', 'logs:DeleteLogGroup', logOf('getWallet')),
  may('with tracing, a function writes traces', 'getWallet', 'xray:PutTraceSegments', '*', {
    variant: 'own',
  }),
  mayNot('without tracing, a function writes traces', 'getWallet', 'xray:PutTraceSegments', '*'),
  mayNot('a function calls another', 'getWallet', 'lambda:InvokeFunction', 'KeysLambdaFunction'),
  mayNot('a function changes its code', 'getWallet', 'lambda:UpdateFunctionCode', 'GetWalletLambdaFunction'),
  mayNot('a function takes another role', 'getWallet', 'sts:AssumeRole', '*'),
];

/** CloudWatch on behalf of this account, and of another. */
const OURS = { ...TLS, 'aws:SourceAccount': '123456789012' };
const THEIRS = { ...TLS, 'aws:SourceAccount': '999999999999' };
const CLOUDWATCH = 'cloudwatch.amazonaws.com';

const ALARMS: readonly Question[] = [
  may('an alarm is published', CLOUDWATCH, 'sns:Publish', 'AlarmTopic', { context: OURS }),
  mayNot('an alarm of another account is', CLOUDWATCH, 'sns:Publish', 'AlarmTopic', { context: THEIRS }),
  mayNot('an alarm without TLS is', CLOUDWATCH, 'sns:Publish', 'AlarmTopic', {
    context: { ...OURS, ...PLAIN },
  }),
  mayNot('a function publishes an alarm', 'relay', 'sns:Publish', 'AlarmTopic'),
  may('an alarm is encrypted', CLOUDWATCH, 'kms:GenerateDataKey', 'AlarmKey', { context: OURS }),
  may('an encrypted alarm is read', CLOUDWATCH, 'kms:Decrypt', 'AlarmKey', { context: OURS }),
  mayNot('another account’s alarm uses the key', CLOUDWATCH, 'kms:GenerateDataKey', 'AlarmKey', {
    context: THEIRS,
  }),
  mayNot('CloudWatch deletes the key', CLOUDWATCH, 'kms:ScheduleKeyDeletion', 'AlarmKey', { context: OURS }),
];

const ENDPOINTS: readonly Question[] = [
  may(
    'with private endpoints, the relay wakes the processor',
    'relay',
    'sqs:SendMessage',
    'OperationsQueue',
    {
      variant: 'endpoints',
    },
  ),
  may('with private endpoints, a report signs in', 'listOperations', 'rds-db:connect', user('read'), {
    variant: 'endpoints',
  }),
  may('with private endpoints, Lambda attaches a function', 'getWallet', 'ec2:CreateNetworkInterface', '*', {
    variant: 'endpoints',
  }),
  may(
    'with private endpoints, a function uses that of the queue',
    'anybody',
    'sqs:SendMessage',
    'QueueEndpoint',
    {
      variant: 'endpoints',
      context: { ...TLS, 'aws:PrincipalAccount': '123456789012' },
    },
  ),
  may(
    'a report leaves through the endpoint of S3',
    'anybody',
    's3:PutObject',
    'arn:aws:s3:::my-little-ps-prod-reportsbucket-1/1/report.csv',
    { through: 'S3Endpoint', context: { ...TLS, 'aws:ResourceAccount': '123456789012' } },
  ),
  mayNot(
    'a file leaves through it to another account',
    'anybody',
    's3:PutObject',
    'arn:aws:s3:::my-little-ps-prod-reportsbucket-1/1/report.csv',
    { through: 'S3Endpoint', context: { ...TLS, 'aws:ResourceAccount': '999999999999' } },
  ),
  may(
    'the migration answers CloudFormation through it',
    'anybody',
    's3:PutObject',
    'arn:aws:s3:::cloudformation-custom-resource-response-eucentral1/1',
    { through: 'S3Endpoint', context: { ...TLS, 'aws:ResourceAccount': '111111111111' } },
  ),
  mayNot(
    'with private endpoints, another account uses that of the queue',
    'anybody',
    'sqs:SendMessage',
    'QueueEndpoint',
    {
      variant: 'endpoints',
      context: { ...TLS, 'aws:PrincipalAccount': '999999999999' },
    },
  ),
];

export const QUESTIONS: readonly Question[] = [
  ...QUEUES,
  ...EVENTS,
  ...DATABASE,
  ...FILES,
  ...LAMBDA,
  ...ALARMS,
  ...ENDPOINTS,
];
