import { connectionLimit } from './connections.ts';
import { type Cfn, type Functions, getAtt, haveSubscribers, ref } from './serverless.ts';
import type { Settings } from './settings.ts';

/** What the alarms and the dashboard watch. */
export interface Watched {
  readonly settings: Settings;
  /** The service and its stage: `my-little-ps-prod`. */
  readonly stack: string;
  /** CloudWatch namespace of the functions' own metrics. */
  readonly namespace: string;
  readonly functions: Functions;
}

interface Alarm {
  readonly description: string;
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, unknown>>;
  /** Maximum, Sum, or a percentile such as p99. */
  readonly statistic: string;
  readonly over?: number;
  readonly under?: number;
  /** Seconds. */
  readonly period: number;
  /** Periods in a row. */
  readonly periods: number;
  /** Whether missing data raises the alarm, too. */
  readonly isMissingBad?: boolean;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The dimension that every metric of the functions has (lib/runtime/log.ts). */
export const OWN_DIMENSIONS = { service: 'my-little-ps' };

const queueAlarm = (queue: string, description: string): Alarm => ({
  description,
  namespace: 'AWS/SQS',
  metric: 'ApproximateNumberOfMessagesVisible',
  dimensions: { QueueName: getAtt(queue, 'QueueName') },
  statistic: 'Maximum',
  over: 0,
  period: 5 * MINUTE,
  periods: 1,
});

function queues({ functions }: Watched): Record<string, Alarm> {
  const failedEvents = {
    FailedEvents: queueAlarm('FailedEventsQueue', 'a subscriber failed on an event: its log says why'),
  };
  return {
    DeadLetters: queueAlarm(
      'DeadLetterQueue',
      'messages that can\'t be settled: docs/operations.md, "The dead-letter queue"',
    ),
    FailedRuns: queueAlarm('FailedRunsQueue', 'a scheduled run failed: its log says why'),
    ...(haveSubscribers(functions) ? failedEvents : {}),
    QueueAge: {
      ...queueAlarm(
        'OperationsQueue',
        'wake-ups wait for more than five minutes: the processor does not keep up',
      ),
      metric: 'ApproximateAgeOfOldestMessage',
      over: 5 * MINUTE,
      period: MINUTE,
      periods: 3,
    },
  };
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { minute: MINUTE, hour: HOUR, day: DAY };

/** Seconds of `rate(30 minutes)`; a day for anything else, such as a cron schedule. */
function secondsOf(rate: string): number {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(rate) ?? [];
  return Number(count ?? 1) * (UNIT_SECONDS[unit ?? 'day'] ?? DAY);
}

/** Alarms when a scheduled function writes no metric for three runs and two minutes; if daily, for one run and two hours. */
function missed(namespace: string, metric: string, rate: string, description: string): Alarm {
  const seconds = secondsOf(rate);
  const period = seconds >= HOUR ? HOUR : seconds >= 10 * MINUTE ? 5 * MINUTE : MINUTE;
  const waitSeconds = seconds >= DAY ? seconds + 2 * HOUR : 3 * seconds + 2 * MINUTE;
  return {
    ...{
      description,
      namespace,
      metric,
      dimensions: OWN_DIMENSIONS,
      statistic: 'SampleCount',
      under: 1,
      isMissingBad: true,
    },
    period,
    periods: Math.ceil(waitSeconds / period),
  };
}

function ownMetrics({ namespace, settings }: Watched): Record<string, Alarm> {
  const alarm = { namespace, dimensions: OWN_DIMENSIONS, period: MINUTE, periods: 1 };
  return {
    OldestPending: {
      ...{ ...alarm, metric: 'OldestPendingOperation', statistic: 'Maximum', over: 5 * MINUTE, periods: 3 },
      description:
        'an operation has been pending for more than five minutes: docs/operations.md, "When an operation stays pending"',
    },
    MessagesFailed: {
      ...{ ...alarm, metric: 'MessagesFailed', statistic: 'Sum', over: 0, period: 5 * MINUTE, periods: 3 },
      description: 'wake-ups fail repeatedly: the processor logs "wallet failed" with the reason',
    },
    ReconcileProblems: {
      ...{ ...alarm, metric: 'ReconcileProblems', statistic: 'Maximum', over: 0, period: HOUR },
      description: 'the books are off: docs/operations.md, "When the books are off"',
    },
    ReconcileMissed: missed(
      namespace,
      'ReconcileChecked',
      settings.reconcileRate,
      'the books were not checked',
    ),
    RelayMissed: missed(
      ...([namespace, 'OldestPendingOperation', settings.relayRate, 'the relay does not run'] as const),
    ),
    BalancerMissed: missed(namespace, 'WalletsMoved', settings.balancerRate, 'the balancer does not run'),
  };
}

function requests(): Record<string, Alarm> {
  const alarm = {
    ...{ namespace: 'AWS/ApiGateway', dimensions: { ApiId: ref('HttpApi') }, period: MINUTE },
    periods: 5,
  };
  return {
    ServerErrors: {
      ...{ ...alarm, metric: '5xx', statistic: 'Sum', over: 0, periods: 3 },
      description: 'requests fail on our side: the log line "request failed" says why',
    },
    Latency: {
      ...{ ...alarm, metric: 'Latency', statistic: 'p99', over: 3_000 },
      description: 'one request in a hundred takes over three seconds',
    },
  };
}

function functionsAlarms({ functions }: Watched): Record<string, Alarm> {
  const alarms = Object.entries(functions).flatMap(([name, config]) => {
    const title = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    const alarm = {
      ...{ namespace: 'AWS/Lambda', dimensions: { FunctionName: config.name }, statistic: 'Sum', over: 0 },
      ...{ period: 5 * MINUTE, periods: 1 },
    };
    return [
      [
        `${title}Errors`,
        { ...alarm, metric: 'Errors', description: `the function ${name} threw or timed out` },
      ],
      [
        `${title}Throttles`,
        {
          ...alarm,
          metric: 'Throttles',
          description: `the function ${name} has too little concurrency`,
          periods: 2,
        },
      ],
    ] as [string, Alarm][];
  });
  return Object.fromEntries(alarms);
}

/** Share of the connection limit, in percent, above which the alarm fires. */
const FULL_PERCENT = 80;

function database({ settings }: Watched): Record<string, Alarm> {
  if (settings.database !== 'aurora') return {};
  const alarm = {
    ...{ namespace: 'AWS/RDS', dimensions: { DBClusterIdentifier: ref('DatabaseCluster') } },
    ...{ statistic: 'Maximum', period: MINUTE, periods: 5 },
  };
  return {
    DatabaseConnections: {
      ...{ ...alarm, metric: 'DatabaseConnections' },
      over: Math.floor((connectionLimit(settings) * FULL_PERCENT) / 100),
      description: 'the database has few connections left: docs/deploy.md, "Concurrency"',
    },
    DatabaseCapacity: {
      ...{ ...alarm, metric: 'ACUUtilization', over: 90, periods: 10 },
      description: 'the database is near its largest capacity: raise maxCapacity',
    },
  };
}

/** All alarms as resources, and the topic's e-mail subscription if `alarmEmail` is set. */
export function alarmResources(watched: Watched): Record<string, Cfn> {
  const all = {
    ...queues(watched),
    ...ownMetrics(watched),
    ...requests(),
    ...functionsAlarms(watched),
    ...database(watched),
  };
  const resources = Object.entries(all).map(([name, alarm]): [string, Cfn] => [
    `${name}Alarm`,
    toResource(`${watched.stack}-${name}`, alarm),
  ]);
  const { alarmEmail } = watched.settings;
  const subscription = {
    Type: 'AWS::SNS::Subscription',
    Properties: { TopicArn: ref('AlarmTopic'), Protocol: 'email', Endpoint: alarmEmail },
  };
  return { ...Object.fromEntries(resources), ...(alarmEmail === '' ? {} : { AlarmEmail: subscription }) };
}

function toResource(AlarmName: string, alarm: Alarm): Cfn {
  const statistic = /^p\d/.test(alarm.statistic)
    ? { ExtendedStatistic: alarm.statistic }
    : { Statistic: alarm.statistic };
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName,
      AlarmDescription: alarm.description,
      Namespace: alarm.namespace,
      MetricName: alarm.metric,
      Dimensions: Object.entries(alarm.dimensions).map(([Name, Value]) => ({ Name, Value })),
      ...statistic,
      Period: alarm.period,
      EvaluationPeriods: alarm.periods,
      DatapointsToAlarm: alarm.periods,
      Threshold: alarm.under ?? alarm.over,
      ComparisonOperator: alarm.under === undefined ? 'GreaterThanThreshold' : 'LessThanThreshold',
      TreatMissingData: alarm.isMissingBad ? 'breaching' : 'notBreaching',
      AlarmActions: [ref('AlarmTopic')],
      OKActions: [ref('AlarmTopic')],
    },
  };
}
