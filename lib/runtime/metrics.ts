import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { atEnd } from './observed.ts';
import { metricsNamespace, SERVICE } from './service.ts';

/** Metrics in CloudWatch's embedded format, read out of the log; published at the end of an invocation. */
export const metrics = new Metrics({ namespace: metricsNamespace(), serviceName: SERVICE });

atEnd(() => {
  if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
});

export const countUnit = MetricUnit.Count;
export const secondsUnit = MetricUnit.Seconds;
