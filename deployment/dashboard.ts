import { OWN_DIMENSIONS, type Watched } from './alarms.ts';
import { type Cfn, sub } from './serverless.ts';

type Metric = readonly unknown[];

const MINUTE = 60;

/** CloudWatch's grid is 24 wide: two graphs per row. */
const WIDTH = 12;
const HEIGHT = 6;

/** The page to look at first: requests, settled and waiting operations, latency, balance of the groups, and the database. */
export function dashboard(watched: Watched): Cfn {
  const widgets = graphs(watched).map(({ title, metrics, stat = 'Sum', period = MINUTE }, index) => ({
    ...{ type: 'metric', width: WIDTH, height: HEIGHT },
    ...{ x: (index % 2) * WIDTH, y: Math.floor(index / 2) * HEIGHT },
    properties: { title, metrics, stat, period, region: '${AWS::Region}', view: 'timeSeries' },
  }));
  return {
    Type: 'AWS::CloudWatch::Dashboard',
    Properties: { DashboardName: watched.stack, DashboardBody: sub(JSON.stringify({ widgets })) },
  };
}

interface Graph {
  readonly title: string;
  readonly metrics: readonly Metric[];
  readonly stat?: string;
  readonly period?: number;
}

function graphs({ namespace, stack, settings }: Watched): Graph[] {
  const own = (name: string, options = {}): Metric => [
    ...[namespace, name, ...Object.entries(OWN_DIMENSIONS).flat()],
    options,
  ];
  const api = (name: string, options = {}): Metric => [
    'AWS/ApiGateway',
    name,
    'ApiId',
    '${HttpApi}',
    options,
  ];
  const queue = (name: string, queueName: string, options = {}): Metric => [
    'AWS/SQS',
    name,
    'QueueName',
    queueName,
    options,
  ];
  const search = (name: string) =>
    `SEARCH('{"${namespace}",service,group} MetricName="${name}"', 'Maximum', 1800)`;
  const base: Graph[] = [
    { title: 'Requests per minute', metrics: [api('Count'), api('4xx'), api('5xx')] },
    {
      title: 'Latency of requests, ms',
      metrics: [api('Latency', { stat: 'p50', label: 'p50' }), api('Latency', { stat: 'p99', label: 'p99' })],
    },
    {
      title: 'Operations per minute',
      metrics: [own('OperationsSettled'), own('OperationsDeclined'), own('MessagesFailed')],
    },
    {
      title: 'Waiting, s',
      metrics: [
        queue('ApproximateAgeOfOldestMessage', `${stack}-operations.fifo`, { label: 'oldest wake-up' }),
        own('OldestPendingOperation', { label: 'oldest pending operation' }),
      ],
      stat: 'Maximum',
    },
    {
      title: 'Operations per group, after balancing',
      metrics: [[{ expression: search('GroupLoadAfter'), id: 'after' }]],
      stat: 'Maximum',
      period: 30 * MINUTE,
    },
    {
      title: 'Busiest group, before and after balancing',
      metrics: [own('GroupLoadBefore'), own('GroupLoadAfter')],
      stat: 'Maximum',
      period: 30 * MINUTE,
    },
    {
      title: 'Dead letters',
      metrics: ['dead-letters.fifo', 'failed-runs', 'failed-events'].map((name) =>
        queue('ApproximateNumberOfMessagesVisible', `${stack}-${name}`, { label: name }),
      ),
      stat: 'Maximum',
    },
  ];
  const posts: Graph = {
    title: 'Webhooks: messages delivered, posts failed',
    metrics: [own('WebhookMessagesDelivered'), own('WebhookPostsFailed'), own('WebhookMessagesGivenUp')],
  };
  const common = settings.webhooks ? [...base, posts] : base;
  return settings.database === 'aurora' ? [...common, ...databaseGraphs(stack)] : common;
}

function databaseGraphs(stack: string): Graph[] {
  const cluster = (name: string): Metric => ['AWS/RDS', name, 'DBClusterIdentifier', stack];
  return [
    { title: 'Database: connections', metrics: [cluster('DatabaseConnections')], stat: 'Maximum' },
    {
      title: 'Database: capacity units, and percent of the largest capacity',
      metrics: [cluster('ServerlessDatabaseCapacity'), cluster('ACUUtilization')],
      stat: 'Maximum',
    },
    { title: 'Database: commit latency, ms', metrics: [cluster('CommitLatency')], stat: 'Average' },
  ];
}
