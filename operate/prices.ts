/** A price that falls with the amount: up to each limit, in the unit of the price. */
export type Tiers = readonly (readonly [upTo: number, dollars: number])[];

/** AWS's public list prices in US dollars: us-east-1, June 2026 (aws.amazon.com/<service>/pricing). */
export const PRICES = {
  date: 'June 2026',
  region: 'us-east-1',
  /** Aurora Serverless v2, a capacity unit and hour; I/O-Optimized counts no reads and writes. */
  unitHour: { standard: 0.12, optimized: 0.156 },
  storageGb: { standard: 0.1, optimized: 0.225 },
  ioMillion: { standard: 0.2, optimized: 0 },
  /** What backups take beyond the size of the database. */
  backupGb: 0.021,
  httpMillion: [
    [300, 1],
    [Infinity, 0.9],
  ],
  lambdaCallMillion: 0.2,
  /** On arm64. */
  lambdaGbSecond: 0.0000133334,
  /** SQS: FIFO queues, and standard ones (aws.amazon.com/sqs/pricing). */
  queueMillion: 0.5,
  standardQueueMillion: 0.4,
  eventMillion: 1,
  /** Lambda's logs, by the gigabyte. */
  logGb: [
    [10_240, 0.5],
    [30_720, 0.25],
    [Infinity, 0.1],
  ],
  infrequentLogGb: 0.25,
  /** Logs that are kept, by the compressed gigabyte. */
  keptLogGb: 0.03,
  traceMillion: 5,
  metric: 0.3,
  alarm: 0.1,
  /** The first three of an account are free. */
  dashboard: 3,
  secret: 0.4,
  key: 1,
  /** Between two zones, in both directions together. */
  zoneGb: 0.02,
  /** From Lambda to the internet, at EC2's prices (aws.amazon.com/ec2/pricing/on-demand, "Data Transfer"). */
  outGb: [
    [10_240, 0.09],
    [51_200, 0.085],
    [153_600, 0.07],
    [Infinity, 0.05],
  ],
  endpointHour: 0.01,
} as const satisfies Record<string, unknown>;

/** What an amount costs whose price falls. */
export function tiered(amount: number, tiers: Tiers): number {
  let [dollars, done] = [0, 0];
  for (const [upTo, price] of tiers) {
    const part = Math.max(0, Math.min(amount, upTo) - done);
    dollars += part * price;
    done += part;
  }
  return dollars;
}
