import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';

/** Structured JSON logs; POWERTOOLS_LOG_LEVEL sets what is kept. */
export const logger = new Logger({ serviceName: 'my-little-ps' });

/** Metrics in CloudWatch's embedded format, read out of the log. On AWS each stage has a namespace of its own. */
export const metrics = new Metrics({
  namespace: process.env['POWERTOOLS_METRICS_NAMESPACE'] ?? 'my-little-ps',
  serviceName: 'my-little-ps',
});

export const countUnit = MetricUnit.Count;
export const secondsUnit = MetricUnit.Seconds;

/** An error for a log: never the statement's parameters, which may hold what a log must not. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  const code = 'code' in error ? { code: String(error.code) } : {};
  return { name: error.name, message: error.message, ...code, stack: error.stack };
}
