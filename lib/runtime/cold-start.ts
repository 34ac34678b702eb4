import { metricsNamespace, SERVICE } from './service.ts';

let isCold = true;

/**
 * Counts the start of an instance, with its first invocation: the metric `ColdStart` in CloudWatch's embedded format. One
 * metric for all functions, as each costs; the group of the log says whose line it is. Written by hand, since the library
 * of metrics would make most bundles 3 % larger.
 */
export function countColdStart(): void {
  if (!isCold) return;
  isCold = false;
  if (process.env['POWERTOOLS_METRICS_DISABLED'] === 'true') return;
  process.stdout.write(`${coldStartLine(Date.now())}\n`);
}

/** The line of the log that is the metric. */
export function coldStartLine(nowMs: number): string {
  return JSON.stringify({
    _aws: {
      Timestamp: nowMs,
      CloudWatchMetrics: [
        {
          Namespace: metricsNamespace(),
          Dimensions: [['service']],
          Metrics: [{ Name: 'ColdStart', Unit: 'Count' }],
        },
      ],
    },
    service: SERVICE,
    ColdStart: 1,
  });
}
