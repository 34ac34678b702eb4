import { type Alarm, DAY, HOUR, MINUTE, toResource } from './alarm.ts';
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

/**
 * Counts what is sent, since what is kept stays for 14 days: so it ends by itself, and the next failure raises it again. A
 * queue that was not used for hours writes its metrics up to 15 minutes late, so it looks back for half an hour.
 */
const failures = (queue: string, what: string): Alarm => ({
  ...queueAlarm(queue, `${what}: docs/operations.md, "Failed runs and events"`),
  metric: 'NumberOfMessagesSent',
  statistic: 'Sum',
  periods: 6,
  bad: 1,
});

function queues({ functions }: Watched): Record<string, Alarm> {
  return {
    // SQS itself moves messages here, which no metric of sent messages counts: only what is kept tells of all.
    DeadLetters: queueAlarm(
      'DeadLetterQueue',
      'messages that can\'t be settled: docs/operations.md, "The dead-letter queue"',
    ),
    FailedRuns: failures('FailedRunsQueue', 'a scheduled run failed'),
    ...(haveSubscribers(functions)
      ? { FailedEvents: failures('FailedEventsQueue', 'a subscriber failed on an event') }
      : {}),
    QueueAge: {
      ...queueAlarm(
        'OperationsQueue',
        'wake-ups wait for more than five minutes: the processor does not keep up',
      ),
      metric: 'ApproximateAgeOfOldestMessage',
      over: 5 * MINUTE,
      period: MINUTE,
      periods: 3,
      tellsItsEnd: true,
    },
  };
}

/** Of a stage with webhooks: what can't be noted, what waits, and whether the schedule runs. */
function webhooks({ settings, namespace }: Watched): Record<string, Alarm> {
  if (!settings.webhooks) return {};
  const old = (queue: string, description: string): Alarm => ({
    ...queueAlarm(queue, `${description}: docs/operations.md, "Webhooks"`),
    ...{ metric: 'ApproximateAgeOfOldestMessage', over: 5 * MINUTE, period: MINUTE, periods: 3 },
    tellsItsEnd: true,
  });
  const own = { namespace, dimensions: OWN_DIMENSIONS };
  const seconds = secondsOf(settings.webhookRate);
  return {
    FailedWebhooks: queueAlarm(
      'FailedWebhooksQueue',
      'posts or results failed: docs/operations.md, "Webhooks"',
    ),
    WebhookPostsAge: old('WebhookPostsQueue', 'posts to webhooks wait for more than five minutes'),
    WebhookResultsAge: old('WebhookResultsQueue', 'results of posts wait for more than five minutes'),
    // A webhook that fails has a few posts at once, so what it failed at may be late for a while: an hour is more than that.
    OldestWebhookDelivery: {
      ...{ ...own, metric: 'OldestWebhookDelivery', statistic: 'Maximum', over: HOUR },
      ...{ period: Math.max(5 * MINUTE, Math.min(seconds, DAY)), periods: 2 },
      description: 'messages to webhooks are due for more than an hour: docs/operations.md, "Webhooks"',
    },
    WebhookRelayMissed: missed(
      namespace,
      'OldestWebhookDelivery',
      settings.webhookRate,
      'what is due to webhooks is not looked for',
    ),
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
      missing: 'breaching',
    },
    period,
    periods: Math.ceil(waitSeconds / period),
  };
}

/** The relay tells the oldest operation's age once a run, so at low rates one run that finds an old one is enough. */
function oldestPending(rate: string): Pick<Alarm, 'period' | 'periods' | 'bad'> {
  const seconds = secondsOf(rate);
  return seconds <= MINUTE
    ? { period: MINUTE, periods: 5, bad: 3 }
    : { period: Math.min(seconds, DAY), periods: 2, bad: 1 };
}

function ownMetrics({ namespace, settings }: Watched): Record<string, Alarm> {
  const { relayRate, balancerRate, reconcileRate } = settings;
  const alarm = { namespace, dimensions: OWN_DIMENSIONS, period: MINUTE, periods: 1 };
  return {
    OldestPending: {
      ...{ ...alarm, ...oldestPending(relayRate), metric: 'OldestPendingOperation', statistic: 'Maximum' },
      ...{ over: 5 * MINUTE, tellsItsEnd: true },
      description:
        'an operation has been pending for more than five minutes: docs/operations.md, "When an operation stays pending"',
    },
    // A wallet that fails while little happens becomes a dead letter within a minute, which has its own alarm.
    MessagesFailed: {
      ...{ ...alarm, metric: 'MessagesFailed', statistic: 'Sum', over: 0, period: 5 * MINUTE, periods: 3 },
      description: 'wake-ups fail repeatedly: the processor logs "wallet failed" with the reason',
    },
    // Written once a day, if something is off or a run came through all: between two runs nothing changes.
    ReconcileProblems: {
      ...{ ...alarm, metric: 'ReconcileProblems', statistic: 'Maximum', over: 0, period: HOUR },
      ...{ missing: 'ignore', tellsItsEnd: true },
      description: 'the books are off: docs/operations.md, "When the books are off"',
    },
    ReconcileMissed: {
      ...missed(namespace, 'ReconcileChecked', reconcileRate, 'the books were not checked'),
      tellsItsEnd: true,
    },
    RelayMissed: {
      ...missed(namespace, 'OldestPendingOperation', relayRate, 'the relay does not run'),
      tellsItsEnd: true,
    },
    BalancerMissed: missed(namespace, 'WalletsMoved', balancerRate, 'the balancer does not run'),
  };
}

/** One request in a quarter of an hour is enough to raise these: many stages have no more. */
function requests(): Record<string, Alarm> {
  const alarm = {
    ...{ namespace: 'AWS/ApiGateway', dimensions: { ApiId: ref('HttpApi') } },
    ...{ period: 5 * MINUTE, periods: 3 },
  };
  return {
    ServerErrors: {
      ...{ ...alarm, metric: '5xx', statistic: 'Sum', over: 0, bad: 1, tellsItsEnd: true },
      description: 'requests fail on our side: the log line "request failed" says why',
    },
    // Twice, since the largest of a few requests may be a cold start.
    Latency: {
      ...{ ...alarm, metric: 'Latency', statistic: 'p99', over: 3_000, bad: 2 },
      description: 'one request in a hundred takes over three seconds, or waits so long for an outcome',
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
    ...webhooks(watched),
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
