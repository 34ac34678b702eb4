import { type Cfn, ref } from './serverless.ts';

export const MINUTE = 60;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** An alarm on one metric, in this project's words. */
export interface Alarm {
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
  /** Periods that it looks back. */
  readonly periods: number;
  /** How many of these periods must be bad; all of them if missing. */
  readonly bad?: number;
  /** What missing data does: raises the alarm, or leaves it as it is. If missing, it ends the alarm. */
  readonly missing?: 'breaching' | 'ignore';
  /** Whether its end tells something that whoever got the alarm waits for; otherwise there is no message. */
  readonly tellsItsEnd?: boolean;
}

/**
 * The longest time that a new alarm may wait before it looks at missing data:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_WarmUpConfiguration.html
 */
const MAX_WARM_UP_MINUTES = 2_880;

/** Minutes from an alarm's creation to that of the last schedule: the first deployment makes a database and migrates it. */
const DEPLOYMENT_MINUTES = 60;

/**
 * Minutes that a new alarm on missing data waits: its whole window has passed then, so that a schedule has had its first run.
 * An alarm that looks back for more than two days may still fire once before that run.
 */
const warmUpMinutes = ({ period, periods }: Alarm): number =>
  Math.min((period * periods) / MINUTE + DEPLOYMENT_MINUTES, MAX_WARM_UP_MINUTES);

/** Makes the alarm's resource; it notifies the topic `AlarmTopic`. */
export function toResource(AlarmName: string, alarm: Alarm): Cfn {
  const { missing = 'notBreaching', tellsItsEnd = false } = alarm;
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
      DatapointsToAlarm: alarm.bad ?? alarm.periods,
      Threshold: alarm.under ?? alarm.over,
      ComparisonOperator: alarm.under === undefined ? 'GreaterThanThreshold' : 'LessThanThreshold',
      TreatMissingData: missing,
      ...(missing === 'breaching'
        ? { WarmUpConfiguration: { WarmUpPeriodDurationInMinutes: warmUpMinutes(alarm) } }
        : {}),
      AlarmActions: [ref('AlarmTopic')],
      ...(tellsItsEnd ? { OKActions: [ref('AlarmTopic')] } : {}),
    },
  };
}
