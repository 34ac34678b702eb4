import { AWS_METRICS } from './metrics.ts';
import type { OwnMetrics } from './own-metrics.ts';
import {
  functionsOf,
  list,
  type Named,
  ofType,
  type Rule,
  references,
  type Template,
  target,
} from './template.ts';

interface Watched {
  readonly alarm: string;
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, unknown>>;
}

/** The metrics that the alarms watch, including those of an alarm that computes one number from several. */
function watched(template: Template): Watched[] {
  return ofType(template, 'AWS::CloudWatch::Alarm').flatMap(([alarm, { Properties }]) => {
    const computed = list(Properties['Metrics']).flatMap(({ MetricStat }) => list(MetricStat?.Metric));
    return (computed.length > 0 ? computed : [Properties]).map(({ Namespace, MetricName, Dimensions }) => ({
      alarm,
      namespace: String(Namespace),
      metric: String(MetricName),
      dimensions: Object.fromEntries(list<any>(Dimensions).map(({ Name, Value }) => [Name, Value])),
    }));
  });
}

/** How a dimension names its resource. A queue's Ref is its URL, so its name is an attribute. */
const NAMED_BY: Readonly<
  Record<string, { readonly type: string; readonly name: string; readonly attribute?: string }>
> = {
  QueueName: { type: 'AWS::SQS::Queue', name: 'QueueName', attribute: 'QueueName' },
  FunctionName: { type: 'AWS::Lambda::Function', name: 'FunctionName' },
  ApiId: { type: 'AWS::ApiGatewayV2::Api', name: '' },
  DBClusterIdentifier: { type: 'AWS::RDS::DBCluster', name: 'DBClusterIdentifier' },
  DBInstanceIdentifier: { type: 'AWS::RDS::DBInstance', name: 'DBInstanceIdentifier' },
};

/** The resource that a dimension names, by reference or by its literal name. */
function dimensionTarget(template: Template, dimension: string, value: any): string | undefined {
  const by = NAMED_BY[dimension];
  if (by === undefined) return undefined;
  if (typeof value === 'string')
    return ofType(template, by.type).find(([, { Properties }]) => Properties[by.name] === value)?.[0];
  const attribute = value?.['Fn::GetAtt']?.[1];
  const id = target(value);
  const isName = by.attribute === undefined ? value?.Ref !== undefined : attribute === by.attribute;
  return isName && id !== undefined && template.Resources[id]?.Type === by.type ? id : undefined;
}

export const everyAlarmNamesARealMetric =
  (own: OwnMetrics): Rule =>
  (template) =>
    watched(template).flatMap((one) => {
      const findings = one.namespace.startsWith('AWS/')
        ? checkAwsMetric(template, one)
        : checkOwnMetric(own, one);
      return findings.map((finding) => `${one.alarm}: ${finding}`);
    });

function checkAwsMetric(template: Template, { namespace, metric, dimensions }: Watched): string[] {
  const known = AWS_METRICS[namespace];
  if (known === undefined) return [`there is no namespace ${namespace}`];
  const names = Object.keys(dimensions).sort();
  return [
    ...(known.metrics.includes(metric) ? [] : [`${namespace} has no metric ${metric}`]),
    ...(known.dimensions.some((set) => set.join() === names.join())
      ? []
      : [`${metric} has no dimensions ${names}`]),
    ...names
      .filter((name) => name in NAMED_BY && dimensionTarget(template, name, dimensions[name]) === undefined)
      .map((name) => `${name} is ${JSON.stringify(dimensions[name])}, no resource of this stack`),
  ];
}

function checkOwnMetric(own: OwnMetrics, { namespace, metric, dimensions }: Watched): string[] {
  return [
    ...(namespace === own.namespace ? [] : [`the functions write to ${own.namespace}, not ${namespace}`]),
    ...(own.names.includes(metric) ? [] : [`no function writes ${metric}`]),
    ...(JSON.stringify(dimensions) === JSON.stringify(own.dimensions)
      ? []
      : [`the functions write with ${JSON.stringify(own.dimensions)}, not ${JSON.stringify(dimensions)}`]),
  ];
}

/** The required alarms: the metric, and its resource or `own` for the functions' own metrics. */
const REQUIRED: readonly (readonly [metric: string, of: string])[] = [
  ['ApproximateNumberOfMessagesVisible', 'DeadLetterQueue'],
  ['NumberOfMessagesSent', 'FailedRunsQueue'],
  ['ApproximateAgeOfOldestMessage', 'OperationsQueue'],
  ['5xx', 'HttpApi'],
  ['Latency', 'HttpApi'],
  ['OldestPendingOperation', 'own'],
  ['ReconcileProblems', 'own'],
  ['ReconcileChecked', 'own'],
  ['WalletsMoved', 'own'],
  ['MessagesFailed', 'own'],
];

const REQUIRED_OF_SUBSCRIBERS: typeof REQUIRED = [['NumberOfMessagesSent', 'FailedEventsQueue']];

const REQUIRED_OF_WEBHOOKS: typeof REQUIRED = [
  ['ApproximateNumberOfMessagesVisible', 'FailedWebhooksQueue'],
  ['ApproximateAgeOfOldestMessage', 'WebhookPostsQueue'],
  ['ApproximateAgeOfOldestMessage', 'WebhookResultsQueue'],
  ['OldestWebhookDelivery', 'own'],
];

const REQUIRED_OF_DATABASE: typeof REQUIRED = [
  ['DatabaseConnections', 'DatabaseCluster'],
  ['ACUUtilization', 'DatabaseCluster'],
];

export const everyRequiredAlarmExists: Rule = (template) => {
  const existing = new Set(watched(template).map((one) => `${one.metric} of ${subject(template, one)}`));
  const functions = functionsOf(template).flatMap(([id]) => [
    ['Errors', id] as const,
    ['Throttles', id] as const,
  ]);
  const hasDatabase = 'DatabaseCluster' in template.Resources;
  const hasSubscribers = ofType(template, 'AWS::Events::Rule').some(
    ([, { Properties }]) => Properties['EventPattern'] !== undefined,
  );
  const required = [
    ...REQUIRED,
    ...(hasDatabase ? REQUIRED_OF_DATABASE : []),
    ...(hasSubscribers ? REQUIRED_OF_SUBSCRIBERS : []),
    ...('WebhookPostsQueue' in template.Resources ? REQUIRED_OF_WEBHOOKS : []),
  ];
  return [...required, ...functions]
    .map(([metric, of]) => `${metric} of ${of}`)
    .filter((required) => !existing.has(required))
    .map((required) => `no alarm watches ${required}`);
};

function subject(template: Template, { namespace, dimensions }: Watched): string {
  if (!namespace.startsWith('AWS/')) return 'own';
  return Object.entries(dimensions)
    .map(([name, value]) => dimensionTarget(template, name, value))
    .join();
}

export const everyAlarmNotifiesTheTopic: Rule = (template) => {
  const topics = ofType(template, 'AWS::SNS::Topic');
  const [topic] = topics[0] ?? [];
  return [
    ...(topics.length === 1 ? [] : [`there are ${topics.length} topics`]),
    ...ofType(template, 'AWS::CloudWatch::Alarm')
      .filter(([, { Properties }]) => references(Properties['AlarmActions']).join() !== topic)
      .map(([id]) => `${id} does not notify the topic`),
  ];
};

/** A stopped schedule writes no metric at all, so missing data must raise the alarm. */
export const missingMetricsOfSchedulesRaiseAnAlarm: Rule = (template) =>
  ['OldestPendingOperation', 'ReconcileChecked', 'WalletsMoved']
    .filter(
      (metric) =>
        !ofType(template, 'AWS::CloudWatch::Alarm').some(
          ([, { Properties }]) =>
            Properties['MetricName'] === metric && Properties['TreatMissingData'] === 'breaching',
        ),
    )
    .map((metric) => `no alarm is raised when ${metric} is missing`);

/** CloudWatch refuses alarms that look back further than a day, or seven days with periods of an hour or longer. */
const MAX_SECONDS = 86_400;
const MAX_SECONDS_OF_LONG_PERIODS = 7 * 86_400;
const LONG_PERIOD_SECONDS = 3_600;

export const noAlarmLooksTooFarBack: Rule = (template) =>
  ofType(template, 'AWS::CloudWatch::Alarm').flatMap(([id, { Properties }]) => {
    const { Period: period, EvaluationPeriods: periods } = Properties;
    const most = period >= LONG_PERIOD_SECONDS ? MAX_SECONDS_OF_LONG_PERIODS : MAX_SECONDS;
    return period * periods <= most ? [] : [`${id} looks ${period * periods} s back`];
  });

/** Checks the topic's encryption and who may publish to it. */
export const theTopicIsEncryptedAndAlarmsMayPublish: Rule = (template) =>
  ofType(template, 'AWS::SNS::Topic').flatMap(([id, { Properties }]) => [
    ...keyProblems(template, id, template.Resources[target(Properties['KmsMasterKeyId']) ?? '']),
    ...policyProblems(
      id,
      ofType(template, 'AWS::SNS::TopicPolicy').filter(([, policy]) =>
        references(policy.Properties['Topics']).includes(id),
      ),
    ),
  ]);

/** CloudWatch can't use the AWS managed key for topics: https://repost.aws/knowledge-center/cloudwatch-configure-alarm-sns */
function keyProblems(
  _template: Template,
  id: string,
  key: { readonly Properties: Record<string, any> } | undefined,
): string[] {
  if (key === undefined) return [`${id} is not encrypted with a key of this stack`];
  const actions = list<any>(key.Properties['KeyPolicy'].Statement)
    .filter(({ Principal }) => Principal.Service === 'cloudwatch.amazonaws.com')
    .flatMap(({ Action }) => list<string>(Action));
  return ['kms:Decrypt', 'kms:GenerateDataKey*']
    .filter((action) => !actions.includes(action))
    .map((action) => `CloudWatch may not ${action} with the key of ${id}`);
}

function policyProblems(id: string, policies: readonly Named[]): string[] {
  const statements = policies.flatMap(([, { Properties }]) =>
    list<any>(Properties['PolicyDocument'].Statement),
  );
  const mayPublish = statements.some(
    ({ Effect, Principal }) => Effect === 'Allow' && Principal.Service === 'cloudwatch.amazonaws.com',
  );
  const isTlsOnly = statements.some(
    ({ Effect, Condition }) =>
      Effect === 'Deny' && String(Condition?.Bool?.['aws:SecureTransport']) === 'false',
  );
  return [
    ...(mayPublish ? [] : [`alarms may not publish to ${id}`]),
    ...(isTlsOnly ? [] : [`${id} accepts requests without TLS`]),
  ];
}
