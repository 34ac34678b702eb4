import { list, ofType, type Rule, references, refusesPlainHttp, type Template } from './template.ts';

/** Names that are unique in the account, not in the stack: two stages would clash. */
const NAMING: Readonly<Record<string, string>> = {
  'AWS::SQS::Queue': 'QueueName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::Events::EventBus': 'Name',
  'AWS::Events::Rule': 'Name',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CloudWatch::Dashboard': 'DashboardName',
  'AWS::RDS::DBCluster': 'DBClusterIdentifier',
  'AWS::RDS::DBInstance': 'DBInstanceIdentifier',
  'AWS::RDS::DBClusterParameterGroup': 'DBClusterParameterGroupName',
  'AWS::RDS::DBSubnetGroup': 'DBSubnetGroupName',
  'AWS::EC2::SecurityGroup': 'GroupName',
  'AWS::KMS::Alias': 'AliasName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::S3::Bucket': 'BucketName',
};

export const everyNameHasItsStage =
  (stage: string): Rule =>
  (template) =>
    Object.entries(template.Resources).flatMap(([id, { Type, Properties }]) => {
      const name = Properties?.[NAMING[Type] ?? ''];
      if (name === undefined || JSON.stringify(name).includes(`my-little-ps-${stage}`)) return [];
      return [`${id} is called ${JSON.stringify(name)} in every stage`];
    });

/** The longest names that AWS accepts, in characters; CloudFormation does not shorten given names. */
const MAX_LENGTHS: Readonly<Record<string, number>> = {
  'AWS::Lambda::Function': 64,
  'AWS::IAM::Role': 64,
  'AWS::SQS::Queue': 80,
};

export const noNameIsTooLong: Rule = (template) =>
  Object.entries(MAX_LENGTHS).flatMap(([type, most]) =>
    ofType(template, type)
      .filter(([, { Properties }]) => String(Properties[NAMING[type] ?? ''] ?? '').length > most)
      .map(([id]) => `${id} has a name of over ${most} characters`),
  );

/** Outputs that people and scripts read from a deployed stack. */
const OUTPUTS = ['HttpApiUrl', 'OperationsQueueUrl', 'DeadLetterQueueUrl', 'EventBusName'];

export const everyRequiredOutputExists: Rule = (template) =>
  OUTPUTS.filter((name) => !(name in template.Outputs)).map((name) => `there is no output ${name}`);

/** Every name that is referred to exists. */
export const everyReferenceHasItsTarget: Rule = (template) => [
  ...Object.entries(template.Resources).flatMap(([id, { DependsOn, ...resource }]) =>
    missing(template, [references(resource), list(DependsOn)].flat()).map(
      (name) => `${id} refers to ${name}`,
    ),
  ),
  ...Object.entries(template.Outputs).flatMap(([id, output]) =>
    missing(template, references(output)).map((name) => `the output ${id} refers to ${name}`),
  ),
];

const missing = (template: Template, names: readonly string[]): string[] =>
  names.filter(
    (name) =>
      !name.startsWith('AWS::') && !(name in template.Resources) && !(name in (template.Parameters ?? {})),
  );

/** A password in a URL, a long-lived access key, and a value whose name suggests a secret (DATABASE_SECRET has a name). */
const SECRETS: readonly RegExp[] = [
  /\w+:\/\/[^/\s"@]+:[^/\s"@]+@/,
  /\bAKIA[0-9A-Z]{16}\b/,
  /"(?!DATABASE_SECRET":"[\w/+=.@-]+")\w*(?:password|passwd|secret|token|api_?key)"\s*:\s*"(?!\{\{resolve:)[^"]+"/i,
];

export const noSecretIsInTheTemplate: Rule = (template) =>
  SECRETS.flatMap((pattern) => {
    const found = pattern.exec(JSON.stringify(template));
    return found === null ? [] : [`there is ${found[0].slice(0, 40)}…`];
  });

/** The buckets hold bundles, and reports of people's money. */
export const theBucketIsClosed: Rule = (template) =>
  ofType(template, 'AWS::S3::Bucket').flatMap(([id, { Properties }]) => {
    const closed = Object.values(Properties['PublicAccessBlockConfiguration'] ?? {});
    return [
      ...(closed.length === 4 && closed.every((value) => value === true) ? [] : [`${id} may be public`]),
      ...(Properties['BucketEncryption'] === undefined ? [`${id} is not encrypted`] : []),
    ];
  });

/** Reports are read over TLS only, and deleted after their links have expired. */
export const reportsTravelOverTlsAndExpire: Rule = (template) => {
  const expiring = list(
    template.Resources['ReportsBucket']?.Properties['LifecycleConfiguration']?.Rules,
  ).some(({ Status, ExpirationInDays }) => Status === 'Enabled' && ExpirationInDays <= 7);
  const strict = ofType(template, 'AWS::S3::BucketPolicy').some(
    ([, { Properties }]) =>
      references(Properties['Bucket']).includes('ReportsBucket') &&
      list<any>(Properties['PolicyDocument'].Statement).some(refusesPlainHttp),
  );
  return [
    ...(expiring ? [] : ['ReportsBucket keeps its files']),
    ...(strict ? [] : ['ReportsBucket accepts requests without TLS']),
  ];
};
