import { WITHOUT_DATABASE } from './permissions.ts';
import {
  functionsOf,
  list,
  ofType,
  type Rule,
  references,
  shortName,
  type Template,
  target,
} from './template.ts';

export const theDatabaseIsPrivate: Rule = (template) => [
  ...ofType(template, 'AWS::RDS::DBInstance')
    .filter(([, { Properties }]) => Properties['PubliclyAccessible'] !== false)
    .map(([id]) => `${id} may be public`),
  ...ofType(template, 'AWS::RDS::DBCluster').flatMap(([id, { Properties }]) => [
    ...(Properties['StorageEncrypted'] === true ? [] : [`${id} is not encrypted`]),
    ...(Properties['EnableIAMDatabaseAuthentication'] === true ? [] : [`${id} has no IAM authentication`]),
    ...(Properties['ManageMasterUserPassword'] === true && !('MasterUserPassword' in Properties)
      ? []
      : [`${id} has a password from outside RDS`]),
    ...(refusesClearText(template, Properties['DBClusterParameterGroupName'])
      ? []
      : [`${id} accepts connections without TLS`]),
    ...wrongIngress(template, id, references(Properties['VpcSecurityGroupIds'])),
  ]),
  ...(ofType(template, 'AWS::RDS::DBInstance').length > 0 ? [] : ['there is no instance']),
];

const refusesClearText = (template: Template, group: unknown): boolean =>
  String(template.Resources[target(group) ?? '']?.Properties['Parameters']?.['rds.force_ssl']) === '1';

/** Only the functions' security group may reach the database, and only its port. */
function wrongIngress(template: Template, id: string, groups: readonly string[]): string[] {
  const inline = groups.flatMap(
    (group) => template.Resources[group]?.Properties['SecurityGroupIngress'] ?? [],
  );
  const separate = ofType(template, 'AWS::EC2::SecurityGroupIngress')
    .map(([, { Properties }]) => Properties)
    .filter((rule) => groups.includes(target(rule['GroupId']) ?? ''));
  const rules = [...inline, ...separate];
  const wrong = rules.filter(
    (rule) =>
      target(rule.SourceSecurityGroupId) !== 'FunctionsSecurityGroup' ||
      rule.FromPort !== 5432 ||
      rule.ToPort !== 5432,
  );
  return rules.length === 0
    ? [`no security group reaches ${id}`]
    : wrong.map((rule) => `${id} is open to ${JSON.stringify(rule)}`);
}

/** Whether a property is true, or refers to a parameter of the template that is true unless a deployment says otherwise. */
const isOn = ({ Parameters }: Template, value: unknown): boolean =>
  value === true || String(Parameters?.[target(value) ?? '']?.Default) === 'true';

/** After an automatic upgrade of the minor version, RDS refuses a template that names an older one. */
export const minorVersionsComeWithCommits: Rule = (template) =>
  ofType(template, 'AWS::RDS::DBInstance')
    .filter(([, { Properties }]) => Properties['AutoMinorVersionUpgrade'] !== false)
    .map(([id]) => `${id} may be upgraded by RDS`);

/** Days; a payment disputed after a month can still be looked up. */
const MIN_BACKUP_DAYS = 35;

export const theDatabaseIsKept: Rule = (template) =>
  ofType(template, 'AWS::RDS::DBCluster').flatMap(
    ([id, { Properties, DeletionPolicy, UpdateReplacePolicy }]) => [
      ...(isOn(template, Properties['DeletionProtection']) ? [] : [`${id} can be deleted`]),
      ...(Number(Properties['BackupRetentionPeriod']) >= MIN_BACKUP_DAYS ? [] : [`${id} has few backups`]),
      ...(DeletionPolicy === 'Snapshot' || DeletionPolicy === 'Retain'
        ? []
        : [`${id} is deleted with its stack`]),
      ...(UpdateReplacePolicy === 'Snapshot' || UpdateReplacePolicy === 'Retain'
        ? []
        : [`${id} is deleted when replaced`]),
      ...(ofType(template, 'AWS::RDS::DBInstance').length > 1 ? [] : [`${id} has no standby`]),
    ],
  );

/** `serverless remove` leaves nothing behind that costs money. */
export const theDatabaseIsRemovable: Rule = (template) =>
  Object.entries(template.Resources).flatMap(([id, { Type, Properties, DeletionPolicy }]) => [
    ...(Properties?.['DeletionProtection'] === true ? [`${id} is protected`] : []),
    ...(DeletionPolicy === 'Retain' || DeletionPolicy === 'Snapshot' ? [`${id} stays`] : []),
    ...(Type === 'AWS::RDS::DBCluster' && DeletionPolicy !== 'Delete' ? [`${id} leaves a snapshot`] : []),
  ]);

const NETWORK = /^AWS::(EC2|RDS)::/;

export const thereIsNoDatabase: Rule = (template) => [
  ...Object.entries(template.Resources)
    .filter(([, { Type }]) => NETWORK.test(Type))
    .map(([id, { Type }]) => `${id} is a ${Type}`),
  ...functionsOf(template)
    .filter(([, { Properties }]) => 'VpcConfig' in Properties)
    .map(([id]) => `${id} is in a network`),
];

/** The secret that the variant `own` names, and what its ARN is with the six characters that Secrets Manager adds. */
const SECRET = 'my-secret';
const SECRET_ARN = `arn:\${AWS::Partition}:secretsmanager:\${AWS::Region}:\${AWS::AccountId}:secret:${SECRET}-??????`;

/** Each function reads the URL out of the secret by itself: nobody who sees its settings sees the password. */
export const theUrlComesFromTheSecret: Rule = (template) =>
  functionsOf(template).flatMap(([id, { Properties }]) => {
    const name = shortName(id);
    const variables = Properties['Environment']?.Variables ?? {};
    const wanted = WITHOUT_DATABASE.includes(name) ? [] : [SECRET];
    const named = Object.keys(variables).filter((variable) => variable.startsWith('DATABASE_'));
    const given = named
      .filter((variable) => variable !== 'DATABASE_VERSION')
      .map((variable) => variables[variable]);
    return given.join() === wanted.join() && (given.length === 0 || variables.DATABASE_SECRET === SECRET)
      ? []
      : [`${name} gets its database from ${JSON.stringify(variables)}`];
  });

/** The right to read a secret is for that one alone, and for the functions with a database. */
export const everyFunctionReadsItsSecretAlone: Rule = (template) =>
  functionsOf(template).flatMap(([id, { Properties }]) => {
    const name = shortName(id);
    const role = template.Resources[target(Properties['Role']) ?? '']?.Properties;
    const readable = list<any>(role?.['Policies'])
      .flatMap(({ PolicyDocument }) => list<any>(PolicyDocument.Statement))
      .filter(({ Action }) => list<string>(Action).includes('secretsmanager:GetSecretValue'))
      .map(({ Resource }) => JSON.stringify(Resource));
    const wanted = WITHOUT_DATABASE.includes(name) ? [] : [JSON.stringify({ 'Fn::Sub': SECRET_ARN })];
    return readable.join() === wanted.join()
      ? []
      : [`${name} may read ${readable.join(' and ') || 'no secret'}`];
  });

const FORBIDDEN_TYPES = [
  'AWS::EC2::NatGateway',
  'AWS::EC2::InternetGateway',
  'AWS::EC2::EIP',
  'AWS::EC2::VPCGatewayAttachment',
];

/** Egress over IPv6 to AWS, no ingress. */
export const theNetworkHasNoIngress: Rule = (template) => [
  ...FORBIDDEN_TYPES.flatMap((type) => ofType(template, type)).map(([id, { Type }]) => `${id} is a ${Type}`),
  ...ofType(template, 'AWS::EC2::Route').flatMap(([id, { Properties }]) =>
    target(Properties['EgressOnlyInternetGatewayId']) !== undefined && !('DestinationCidrBlock' in Properties)
      ? []
      : [`${id} is not an egress route over IPv6`],
  ),
  ...ofType(template, 'AWS::EC2::Subnet')
    .filter(([, { Properties }]) => Properties['MapPublicIpOnLaunch'] === true)
    .map(([id]) => `${id} gives public addresses`),
  ...ofType(template, 'AWS::EC2::SecurityGroup')
    .filter(([, { Properties }]) =>
      /0\.0\.0\.0\/0|::\/0/.test(JSON.stringify(Properties['SecurityGroupIngress'] ?? [])),
    )
    .map(([id]) => `${id} lets everybody in`),
  ...ofType(template, 'AWS::EC2::SecurityGroup')
    .filter(([, { Properties }]) => Properties['SecurityGroupEgress'] === undefined)
    .map(([id]) => `${id} lets everything out`),
];

/** The network's egress is IPv6 only, so a function in it needs IPv6 and AWS's dual-stack endpoints. */
export const functionsInTheNetworkReachAws: Rule = (template) =>
  functionsOf(template)
    .filter(([, { Properties }]) => 'VpcConfig' in Properties)
    .flatMap(([id, { Properties }]) => [
      ...(Properties['VpcConfig'].Ipv6AllowedForDualStack === true ? [] : [`${id} has no IPv6`]),
      ...(String(Properties['Environment']?.Variables?.AWS_USE_DUALSTACK_ENDPOINT) === 'true'
        ? []
        : [`${id} calls AWS over IPv4`]),
    ]);

/** The SDK asks for files at the bucket's dual-stack name, and tries IPv6 first: the endpoint with its policy has to take it. */
export const reportsLeaveThroughTheEndpoint: Rule = (template) =>
  ofType(template, 'AWS::EC2::VPCEndpoint')
    .filter(([, { Properties }]) => Properties['VpcEndpointType'] === 'Gateway')
    .filter(([, { Properties }]) => Properties['IpAddressType'] !== 'dualstack')
    .map(([id]) => `${id} takes IPv4 only, so that files leave past it`);

/** The services that functions call, each with its endpoint inside the network and under its usual name. */
const CALLED = ['sqs', 'events', 'secretsmanager'];

/** The stricter egress has no route out, so functions must not look for dual-stack addresses. */
export const functionsReachAwsByEndpoints: Rule = (template) => {
  const services = ofType(template, 'AWS::EC2::VPCEndpoint')
    .filter(([, { Properties }]) => Properties['PrivateDnsEnabled'] === true)
    .map(([, { Properties }]) => JSON.stringify(Properties['ServiceName']).replace(/^.*\.(\w+)".*$/, '$1'));
  return [
    ...CALLED.filter((service) => !services.includes(service)).map((service) => `${service} has no endpoint`),
    ...ofType(template, 'AWS::EC2::Route').map(([id]) => `${id} leads out of the network`),
    ...functionsOf(template)
      .filter(
        ([, { Properties }]) => 'AWS_USE_DUALSTACK_ENDPOINT' in (Properties['Environment']?.Variables ?? {}),
      )
      .map(([id]) => `${id} calls names that the endpoints don't have`),
  ];
};

/** As whom each function signs in; all others answer requests that only read. */
const ROLE_OF: Readonly<Record<string, string>> = {
  createWallet: 'my_little_ps_accept',
  changeWallet: 'my_little_ps_change',
  ...Object.fromEntries(
    [
      'receiveAmount',
      'transferAmount',
      'refundTransaction',
      'acceptBatch',
      'sendAmount',
      'confirmPayout',
      'cancelPayout',
      'holdAmount',
      'captureHold',
      'releaseHold',
      'extendHold',
    ].map((name) => [name, 'my_little_ps_pay']),
  ),
  processor: 'my_little_ps_settle',
  relay: 'my_little_ps_settle',
  balancer: 'my_little_ps_groups',
  rebalance: 'my_little_ps_groups',
  updateCurrencies: 'my_little_ps_rates',
  keys: 'my_little_ps_keys',
  access: 'my_little_ps_keys',
  authorizer: 'my_little_ps_authorize',
  reconcile: 'my_little_ps_books',
  webhooks: 'my_little_ps_webhooks',
  webhookDeliver: 'my_little_ps_deliver',
  webhookResults: 'my_little_ps_deliver',
  webhookRelay: 'my_little_ps_deliver',
  migrate: 'postgres',
};

/** By its settings and by the right to sign in. */
export const everyFunctionIsTheDatabaseUserThatItNeeds: Rule = (template) =>
  functionsOf(template)
    .filter(([id]) => !WITHOUT_DATABASE.includes(shortName(id)))
    .flatMap(([id, { Properties }]) => {
      const name = shortName(id);
      const wanted = ROLE_OF[name] ?? 'my_little_ps_read';
      const user = Properties['Environment']?.Variables?.DATABASE_USER;
      const rights = JSON.stringify(template.Resources[target(Properties['Role']) ?? '']?.Properties);
      const mayBe = [...rights.matchAll(/dbuser:[^"]*\/(\w+)"/g)].map(([, who]) => who);
      return user === wanted && mayBe.join() === wanted
        ? []
        : [`${name} signs in as ${user}, may be ${mayBe.join(' and ')}, and needs ${wanted}`];
    });

export const functionsWithADatabaseAreInItsNetwork: Rule = (template) =>
  functionsOf(template)
    .filter(([id, { Properties }]) => 'VpcConfig' in Properties === WITHOUT_DATABASE.includes(shortName(id)))
    .map(
      ([id, { Properties }]) =>
        `${id} is ${'VpcConfig' in Properties ? '' : 'not '}in the database's network`,
    );
