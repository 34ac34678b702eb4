import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';

/** Metrics in CloudWatch's embedded format, read out of the log. On AWS each stage has a namespace of its own. */
export const metrics = new Metrics({
  namespace: process.env['POWERTOOLS_METRICS_NAMESPACE'] ?? 'my-little-ps',
  serviceName: 'my-little-ps',
});

export const countUnit = MetricUnit.Count;
export const secondsUnit = MetricUnit.Seconds;
