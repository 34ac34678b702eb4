import { ROLES, type Role, roleName } from '../lib/postgres/roles.ts';
import { type Cfn, type FunctionConfig, getAtt, ref, sub } from './serverless.ts';
import type { Settings } from './settings.ts';

/** The database's owner, as RDS makes it. */
const MASTER = 'postgres';

/** What a function uses: in serverless.yml, `needs: [database, send]`. */
export const NEEDS = [
  ...(['database', 'migration', 'send', 'receive', 'bury', 'countLetters', 'publish', 'files'] as const),
  ...(['sendPosts', 'receivePosts', 'sendResults', 'receiveResults'] as const),
] as const;
type Need = (typeof NEEDS)[number];

const environments: Record<Need, (settings: Settings, role: Role | undefined) => Cfn> = {
  database: ({ database, databaseUrl }, role) => {
    if (database === 'local') return { DATABASE_URL: localUrl(databaseUrl, role) };
    if (database === 'given') return { DATABASE_SECRET: databaseUrl };
    return auroraAs(role === undefined ? MASTER : roleName(role));
  },
  migration: (settings) => {
    const common = environments.database(settings, undefined);
    if (settings.database !== 'aurora') return common;
    return { ...common, DATABASE_MASTER_SECRET: getAtt('DatabaseCluster', 'MasterUserSecret.SecretArn') };
  },
  send: () => ({}),
  receive: () => ({}),
  bury: () => ({}),
  countLetters: () => ({}),
  publish: ({ events }) => ({ EVENTS: events ? 'on' : 'off' }),
  files: () => ({}),
  sendPosts: () => ({}),
  receivePosts: () => ({}),
  sendResults: () => ({}),
  receiveResults: () => ({}),
};

const auroraAs = (user: string): Cfn => ({
  DATABASE_HOST: getAtt('DatabaseCluster', 'Endpoint.Address'),
  DATABASE_NAME: 'my_little_ps',
  DATABASE_USER: user,
});

/** The local database's URL with a role in place of its owner, and the same password, which everybody knows. */
function localUrl(text: string, role: Role | undefined): string {
  if (text === '' || role === undefined) return text;
  const url = new URL(text);
  url.username = roleName(role);
  return url.href;
}

const allow = (Action: readonly string[], Resource: unknown): Cfn => ({ Effect: 'Allow', Action, Resource });

/** May sign in to Aurora as one database user. */
const signInAs = (user: string): Cfn =>
  allow(
    ['rds-db:connect'],
    sub(
      `arn:\${AWS::Partition}:rds-db:\${AWS::Region}:\${AWS::AccountId}:dbuser:\${DatabaseCluster.DBClusterResourceId}/${user}`,
    ),
  );

/** A whole ARN of a secret ends with six characters that Secrets Manager adds to its name. */
const WHOLE_ARN = /^arn:.*-[A-Za-z0-9]{6}$/;

/** May read the one secret with the database's URL. */
function readUrlOf({ databaseUrl }: Settings): Cfn {
  const end = WHOLE_ARN.test(databaseUrl) ? '' : '-??????';
  const named = `arn:\${AWS::Partition}:secretsmanager:\${AWS::Region}:\${AWS::AccountId}:secret:${databaseUrl}${end}`;
  return allow(
    ['secretsmanager:GetSecretValue'],
    databaseUrl.startsWith('arn:') ? `${databaseUrl}${end}` : sub(named),
  );
}

const receiveFrom = (queue: string): Cfn =>
  allow(
    ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes'],
    getAtt(queue, 'Arn'),
  );

const statements: Record<Need, (settings: Settings, role: Role | undefined) => Cfn[]> = {
  database: (settings, role) => {
    if (settings.database === 'given') return [readUrlOf(settings)];
    return settings.database === 'aurora' && role !== undefined ? [signInAs(roleName(role))] : [];
  },
  migration: (settings) => {
    if (settings.database === 'given') return [readUrlOf(settings)];
    if (settings.database !== 'aurora') return [];
    // RDS decides whether its master signs in with the password or with an identity (lib/postgres/owner.ts).
    return [
      allow(['secretsmanager:GetSecretValue'], getAtt('DatabaseCluster', 'MasterUserSecret.SecretArn')),
      signInAs(MASTER),
    ];
  },
  send: () => [allow(['sqs:SendMessage'], getAtt('OperationsQueue', 'Arn'))],
  receive: () => [receiveFrom('OperationsQueue')],
  bury: () => [allow(['sqs:SendMessage'], getAtt('DeadLetterQueue', 'Arn'))],
  countLetters: () => [allow(['sqs:GetQueueAttributes'], getAtt('DeadLetterQueue', 'Arn'))],
  publish: ({ events }) => (events ? [allow(['events:PutEvents'], getAtt('EventBus', 'Arn'))] : []),
  // GetObject, because a presigned link has its signer's rights.
  files: () => [
    allow(['s3:PutObject', 's3:AbortMultipartUpload', 's3:GetObject'], sub('${ReportsBucket.Arn}/*')),
  ],
  sendPosts: () => [allow(['sqs:SendMessage'], getAtt('WebhookPostsQueue', 'Arn'))],
  receivePosts: () => [receiveFrom('WebhookPostsQueue')],
  sendResults: () => [allow(['sqs:SendMessage'], getAtt('WebhookResultsQueue', 'Arn'))],
  receiveResults: () => [receiveFrom('WebhookResultsQueue')],
};

/** @throws Error if a function of serverless.yml has no `needs`, or unknown ones */
export function needsOf(name: string, { needs }: FunctionConfig): readonly Need[] {
  const unknown = needs?.filter((need) => !NEEDS.includes(need as Need)) ?? [];
  if (needs === undefined || unknown.length > 0) {
    const got = needs === undefined ? 'says none' : `says ${unknown.join(', ')}`;
    throw new Error(
      `The function ${name} in serverless.yml ${got}: "needs" lists what it uses of ${NEEDS.join(', ')}, or is [].`,
    );
  }
  return needs as readonly Need[];
}

/**
 * The role as which a function is in the database, if it is there at all.
 *
 * @throws Error if a function of serverless.yml that needs the database has no such role, or another one
 */
export function databaseRoleOf(name: string, config: FunctionConfig): Role | undefined {
  const { databaseRole } = config;
  const isNeeded = needsOf(name, config).includes('database');
  const role = ROLES.find((known) => known === databaseRole);
  if (isNeeded && role === undefined) {
    const got = databaseRole === undefined ? 'says none' : `says ${databaseRole}`;
    throw new Error(
      `The function ${name} in serverless.yml ${got}: "databaseRole" takes one of ${ROLES.join(', ')} (lib/postgres/roles.ts).`,
    );
  }
  if (!isNeeded && databaseRole !== undefined)
    throw new Error(`The function ${name} in serverless.yml has a databaseRole and no need of the database.`);
  return role;
}

/** The environment variables that a function gets for its needs. */
export function environmentOf(
  needs: readonly Need[],
  settings: Settings,
  role: Role | undefined,
): Record<string, unknown> {
  return Object.assign({}, ...needs.map((need) => environments[need](settings, role))) as Record<
    string,
    unknown
  >;
}

/** Whether a function has to be in the database's network. */
export const isInNetwork = (needs: readonly Need[], { database }: Settings): boolean =>
  database === 'aurora' && (needs.includes('database') || needs.includes('migration'));

/** Actions on a function's network interfaces; Lambda itself creates these, with the function's role. */
const NETWORK_ACTIONS = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/** One function's role: rights for its needs, its log and its traces, and nothing else. */
export function roleOf(
  config: FunctionConfig,
  needs: readonly Need[],
  settings: Settings,
  databaseRole?: Role,
): Cfn {
  const { name, destinations } = config;
  const log = sub(
    `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/${name}:*`,
  );
  const functionArn = sub(
    `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:${name}`,
  );
  const network = [
    // No narrower resource fits Lambda's own use of these actions; the function's code is denied them.
    allow(NETWORK_ACTIONS, '*'),
    {
      Effect: 'Deny',
      Action: NETWORK_ACTIONS,
      Resource: '*',
      Condition: { ArnEquals: { 'lambda:SourceFunctionArn': functionArn } },
    },
  ];
  const Statement = [
    allow(['logs:CreateLogStream', 'logs:PutLogEvents'], log),
    // X-Ray's actions can't be limited to a resource.
    ...(settings.tracing ? [allow(['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], '*')] : []),
    ...(isInNetwork(needs, settings) ? network : []),
    ...needs.flatMap((need) => statements[need](settings, databaseRole)),
    ...(destinations?.onFailure ? [allow(['sqs:SendMessage'], destinations.onFailure.arn)] : []),
  ];
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      Description: `What the function ${name} may do`,
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ],
      },
      Policies: [{ PolicyName: 'own', PolicyDocument: { Version: '2012-10-17', Statement } }],
    },
  };
}

/** VPC settings of the functions in the network, and the environment variables for its egress. */
export function networkOf({ egress }: Settings): { vpc: Cfn; environment: Record<string, string> } {
  const dualstack = egress === 'dualstack';
  return {
    vpc: {
      securityGroupIds: [getAtt('FunctionsSecurityGroup', 'GroupId')],
      subnetIds: [ref('SubnetA'), ref('SubnetB')],
      ipv6AllowedForDualStack: dualstack,
    },
    // IPv6 first: IPv4 has no route, so an attempt over it would only time out.
    environment: dualstack
      ? {
          AWS_USE_DUALSTACK_ENDPOINT: 'true',
          NODE_OPTIONS: '--dns-result-order=ipv6first',
        }
      : {},
  };
}
