import {
  functionsOf,
  list,
  type Named,
  ofType,
  type Rule,
  shortName,
  type Template,
  target,
} from './template.ts';

/** Actions that are allowed on `*`, each with its reason. */
const ALLOWED_ON_EVERYTHING: Readonly<Record<string, string>> = {
  'xray:PutTraceSegments': "X-Ray's actions can't be limited to a resource",
  'xray:PutTelemetryRecords': "X-Ray's actions can't be limited to a resource",
  'ec2:CreateNetworkInterface': 'Lambda itself makes the interfaces of a function in a network',
  'ec2:DescribeNetworkInterfaces': "Describe actions can't be limited to a resource",
  'ec2:DescribeSubnets': "Describe actions can't be limited to a resource",
  'ec2:DeleteNetworkInterface': 'Lambda itself removes the interfaces, whose names are not known in advance',
  'ec2:AssignPrivateIpAddresses': 'Lambda itself, as above',
  'ec2:UnassignPrivateIpAddresses': 'Lambda itself, as above',
};

/** Functions that wake the processor. */
const SENDERS = [
  'receiveAmount',
  'transferAmount',
  'refundTransaction',
  'sendAmount',
  'confirmPayout',
  'cancelPayout',
  'captureHold',
  'releaseHold',
  'holdAmount',
  'acceptBatch',
  'processor',
  'relay',
];

/** Functions that send to the queues of webhooks. */
const SENDERS_OF: Readonly<Record<string, readonly string[]>> = {
  WebhookPostsQueue: ['webhookDeliver', 'webhookResults', 'webhookRelay'],
  WebhookResultsQueue: ['webhooks', 'webhookPost', 'webhookResults'],
};

/** Functions that read a queue. */
const READERS: Readonly<Record<string, string>> = {
  processor: 'OperationsQueue',
  webhookPost: 'WebhookPostsQueue',
  webhookResults: 'WebhookResultsQueue',
};

/** The function that sends messages to the dead letters itself. */
const BURIER = 'processor';

/** The function that counts the dead letters, and reads none. */
const COUNTER = 'overview';
const COUNT_ACTION = 'sqs:GetQueueAttributes';

/** Functions that publish events. */
const PUBLISHERS = [
  'createWallet',
  'changeWallet',
  'receiveAmount',
  'transferAmount',
  'refundTransaction',
  'sendAmount',
  'confirmPayout',
  'cancelPayout',
  'holdAmount',
  'captureHold',
  'releaseHold',
  'extendHold',
  'processor',
  'relay',
  'balancer',
  'rebalance',
  'webhookResults',
];

/** Functions that do not use the database. */
export const WITHOUT_DATABASE = [
  'eventLog',
  'preflight',
  'live',
  'describe',
  'docs',
  'console',
  'webhookPost',
];

/** The migration signs in as the master, with the password or an identity; all other functions as the role that they need. */
const MIGRATION = 'migrate';

/** Rights to write files that are too large for a reply, and to sign links to them. */
const FILE_ACTIONS = ['s3:PutObject', 's3:AbortMultipartUpload', 's3:GetObject'];
const FILE_WRITER = 'downloadOperations';

const READ_ACTIONS = [
  'sqs:ReceiveMessage',
  'sqs:DeleteMessage',
  'sqs:ChangeMessageVisibility',
  'sqs:GetQueueAttributes',
];

type Properties = Readonly<Record<string, any>>;

const isTraced = ({ TracingConfig }: Properties): boolean => TracingConfig?.Mode === 'Active';

const hasEvents = ({ Environment }: Properties): boolean => Environment?.Variables.EVENTS === 'on';

/** The functions that may have each right; no function may have a right that is not listed. */
const AT_MOST: Readonly<Record<string, (name: string, properties: Properties) => boolean>> = {
  'logs:CreateLogStream': () => true,
  'logs:PutLogEvents': () => true,
  'xray:PutTraceSegments': (_, properties) => isTraced(properties),
  'xray:PutTelemetryRecords': (_, properties) => isTraced(properties),
  'ec2:CreateNetworkInterface': () => true,
  'ec2:DescribeNetworkInterfaces': () => true,
  'ec2:DescribeSubnets': () => true,
  'ec2:DeleteNetworkInterface': () => true,
  'ec2:AssignPrivateIpAddresses': () => true,
  'ec2:UnassignPrivateIpAddresses': () => true,
  'rds-db:connect': (name) => !WITHOUT_DATABASE.includes(name),
  'secretsmanager:GetSecretValue': (name, { Environment }) =>
    name === MIGRATION || 'DATABASE_SECRET' in (Environment?.Variables ?? {}),
  ...Object.fromEntries(READ_ACTIONS.map((action) => [action, (name: string) => name in READERS])),
  ...Object.fromEntries(FILE_ACTIONS.map((action) => [action, (name: string) => name === FILE_WRITER])),
  'events:PutEvents': (name, properties) => PUBLISHERS.includes(name) && hasEvents(properties),
};

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
}

function roleOf(template: Template, [, { Properties }]: Named): Named | undefined {
  const id = target(Properties['Role']);
  const role = id === undefined ? undefined : template.Resources[id];
  return role?.Type === 'AWS::IAM::Role' && id !== undefined ? [id, role] : undefined;
}

const allowed = ([, role]: Named): Statement[] =>
  list(role.Properties['Policies'])
    .flatMap(({ PolicyDocument }) => list<Statement>(PolicyDocument.Statement))
    .filter(({ Effect }) => Effect === 'Allow');

export const oneRolePerFunction: Rule = (template) => {
  const owners = new Map<string, string>();
  const findings: string[] = [];
  for (const named of functionsOf(template)) {
    const role = roleOf(template, named);
    if (role === undefined) findings.push(`${named[0]} has no role of this stack`);
    else if (owners.has(role[0])) findings.push(`${named[0]} and ${owners.get(role[0])} share ${role[0]}`);
    else owners.set(role[0], named[0]);
  }
  return findings;
};

/** Only roles grant rights, and only in their inline policies. */
export const noOtherPolicies: Rule = (template) => [
  ...['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::User', 'AWS::IAM::Group'].flatMap((type) =>
    ofType(template, type).map(([id]) => `${id} is a ${type}`),
  ),
  ...ofType(template, 'AWS::IAM::Role')
    .filter(([, { Properties }]) => list(Properties['ManagedPolicyArns']).length > 0)
    .map(([id]) => `${id} has managed policies`),
];

export const noRightOnEverything: Rule = (template) =>
  ofType(template, 'AWS::IAM::Role').flatMap(([id, role]) =>
    allowed([id, role]).flatMap(({ Action, Resource }) => [
      ...list(Action)
        .filter((action) => action.includes('*'))
        .map((action) => `${id} may ${action}`),
      ...list(Action)
        .filter((action) => list(Resource).includes('*') && !(action in ALLOWED_ON_EVERYTHING))
        .map((action) => `${id} may ${action} on everything`),
    ]),
  );

export const everyRightIsNeeded: Rule = (template) =>
  functionsOf(template).flatMap((named) => {
    const role = roleOf(template, named);
    const name = shortName(named[0]);
    return (role === undefined ? [] : allowed(role)).flatMap(({ Action, Resource }) =>
      list(Action).flatMap((action) => {
        if (action === 'sqs:SendMessage') return sending(template, name, Resource);
        if (action === COUNT_ACTION && name === COUNTER && target(Resource) === 'DeadLetterQueue') return [];
        if (READ_ACTIONS.includes(action) && target(Resource) !== READERS[name])
          return [`${name} may ${action} of ${target(Resource)}`];
        if (action === 'lambda:InvokeFunction') return [`${name} may invoke functions`];
        return AT_MOST[action]?.(name, named[1].Properties) === true ? [] : [`${name} may ${action}`];
      }),
    );
  });

/** Wake-ups go to the operations queue; Lambda puts failed runs into a standard queue, with the function's role. */
function sending(template: Template, name: string, resource: unknown): string[] {
  return list(resource).flatMap((one) => {
    const id = target(one) ?? '';
    const queue = template.Resources[id];
    if (queue?.Type !== 'AWS::SQS::Queue') return [`${name} may send to ${JSON.stringify(one)}`];
    if (id in SENDERS_OF) return SENDERS_OF[id]?.includes(name) ? [] : [`${name} may send to ${id}`];
    if (queue.Properties['FifoQueue'] !== true) return [];
    if (id === 'DeadLetterQueue' && name === BURIER) return [];
    return id === 'OperationsQueue' && SENDERS.includes(name) ? [] : [`${name} may send to ${id}`];
  });
}

/** Events are staged and published only where somebody listens. */
export const eventsAreAsRequested =
  (isRequested: boolean): Rule =>
  (template) =>
    functionsOf(template)
      .filter(([id]) => PUBLISHERS.includes(shortName(id)))
      .map(([id, { Properties }]) => [id, Properties['Environment']?.Variables.EVENTS])
      .filter(([, events]) => events !== (isRequested ? 'on' : 'off'))
      .map(([id, events]) => `${id} has EVENTS=${events}`);

/** The rights that each function needs. */
export const everyNeedHasItsRight: Rule = (template) => {
  const hasAurora = 'DatabaseCluster' in template.Resources;
  return functionsOf(template).flatMap((named) => {
    const role = roleOf(template, named);
    const rights = new Set((role === undefined ? [] : allowed(role)).flatMap(({ Action }) => list(Action)));
    const name = shortName(named[0]);
    const usesDatabase = !WITHOUT_DATABASE.includes(name);
    const readsSecret = hasAurora ? name === MIGRATION : usesDatabase;
    const needed = [
      ...['logs:PutLogEvents', ...(isTraced(named[1].Properties) ? ['xray:PutTraceSegments'] : [])],
      ...(SENDERS.includes(name) ? ['sqs:SendMessage'] : []),
      ...(PUBLISHERS.includes(name) && hasEvents(named[1].Properties) ? ['events:PutEvents'] : []),
      ...(name in READERS ? READ_ACTIONS : []),
      ...(name === FILE_WRITER ? FILE_ACTIONS : []),
      ...(name === COUNTER ? [COUNT_ACTION] : []),
      ...(hasAurora && usesDatabase ? ['rds-db:connect'] : []),
      ...(readsSecret ? ['secretsmanager:GetSecretValue'] : []),
      ...('VpcConfig' in named[1].Properties ? ['ec2:CreateNetworkInterface'] : []),
    ];
    const buries = role !== undefined && maySendTo(role, 'DeadLetterQueue');
    return [
      ...needed.filter((action) => !rights.has(action)).map((action) => `${name} may not ${action}`),
      ...(name === BURIER && !buries ? [`${name} may not send dead letters`] : []),
      ...Object.entries(SENDERS_OF)
        .filter(([queue, names]) => names.includes(name) && (role === undefined || !maySendTo(role, queue)))
        .map(([queue]) => `${name} may not send to ${queue}`),
    ];
  });
};

const maySendTo = (role: Named, queue: string): boolean =>
  allowed(role).some(
    ({ Action, Resource }) =>
      list(Action).includes('sqs:SendMessage') && list(Resource).some((one) => target(one) === queue),
  );

/** A role may sign in as one database user only. */
export const everyRoleIsOneDatabaseUser: Rule = (template) =>
  ofType(template, 'AWS::IAM::Role').flatMap((role) =>
    allowed(role)
      .filter(({ Action }) => list(Action).includes('rds-db:connect'))
      .filter(
        ({ Resource }) =>
          !/dbuser:\$\{DatabaseCluster\.DBClusterResourceId\}\/[a-z_]+"/.test(JSON.stringify(Resource)),
      )
      .map(({ Resource }) => `${role[0]} may be ${JSON.stringify(Resource)}`),
  );
