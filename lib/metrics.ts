import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';

/** Metrics in CloudWatch's embedded format, read out of the log. */
export const metrics = new Metrics({ namespace: 'my-little-ps', serviceName: 'my-little-ps' });

export const countUnit = MetricUnit.Count;
export const secondsUnit = MetricUnit.Seconds;
