/** What logs and metrics call this service. */
export const SERVICE = 'my-little-ps';

/** Where its metrics stand: on AWS each stage has a namespace of its own. */
export const metricsNamespace = (): string => process.env['POWERTOOLS_METRICS_NAMESPACE'] ?? SERVICE;
