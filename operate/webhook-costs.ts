import {
  GB,
  LINE_OVERHEAD,
  LINES,
  type Load,
  MEMORY_GB,
  MILLION,
  type Month,
  type Options,
  PUBLISH_MS,
  type Row,
  type Rows,
  rowsOf,
  SECONDS,
} from './cost-model.ts';
import { PRICES, tiered } from './prices.ts';

/** The most messages that Lambda takes out of a standard queue for one call: `batchSize` in serverless.yml. */
const MOST_PER_CALL = 10;

/**
 * Milliseconds of a call of each function, estimates: two commits and a message; a post to a receiver that answers at once, with its
 * look-up and handshake, and a message; two commits.
 */
const DELIVER_MS = 40;
const POST_MS = 250;
const RESULTS_MS = 40;

/** Writes of storage for one event, an estimate: it is staged, its delivery is handed over, and its result is noted. */
const STORAGE_IO = 3;

/** Bytes that an event and its delivery take in their tables with their indexes, an estimate, and how long they stay. */
const STORED_BYTES = 2_000;
const STORED_SECONDS = 14 * 86_400;

/** Bytes that a post sends to its receiver, an estimate: a kilobyte of event, its headers, and the handshake of TLS. */
const POST_BYTES = 3_000;

/** Lambda asks an idle queue by five connections, of which each waits for 20 seconds; an event source mapping for each of two queues. */
const IDLE_RECEIVES = (2 * 5 * SECONDS) / 20;

/** What webhooks have of their own: two alarms for each of five functions, and five more; five metrics. */
const ALARMS = 15;
const METRICS = 5;

/** Calls of the functions that read the two queues: with much to do, each takes as many messages as a call of the processor. */
const callsOf = ({ events, load }: Month): number => events / Math.min(load.wakeUpsPerCall, MOST_PER_CALL);

/** Each event is staged by one call, posted, and its result noted. */
const ROWS: Rows = {
  EventBridge: ({ events, options }) => (options.events ? 0 : (events / MILLION) * PRICES.eventMillion),
  Lambda: (month) => {
    const { events, settling, options } = month;
    const calls = callsOf(month);
    const publishingMs = options.events ? 0 : settling * PUBLISH_MS;
    const ms = publishingMs + events * DELIVER_MS + calls * (POST_MS + RESULTS_MS);
    return (
      ((events + 2 * calls) / MILLION) * PRICES.lambdaCallMillion +
      (ms / 1_000) * MEMORY_GB * PRICES.lambdaGbSecond
    );
  },
  // What is due is sent for each event, and a result for each post; either queue is received from and deleted in by call.
  'SQS, standard queues': (month) =>
    ((2 * month.events + Math.max(4 * callsOf(month), IDLE_RECEIVES)) / MILLION) *
    PRICES.standardQueueMillion,
  'reads and writes of storage': ({ events, options }) =>
    ((events * STORAGE_IO) / MILLION) * PRICES.ioMillion[options.optimizedStorage ? 'optimized' : 'standard'],
  'messages of 14 days': ({ load: { operationsPerSecond }, events, operations, options }) => {
    const perSecond = operations === 0 ? 0 : (operationsPerSecond * events) / operations;
    const gigabytes = (perSecond * STORED_SECONDS * STORED_BYTES) / GB;
    return gigabytes * PRICES.storageGb[options.optimizedStorage ? 'optimized' : 'standard'];
  },
  'posts, out of AWS': ({ events }) => tiered((events * POST_BYTES) / GB, PRICES.outGb),
  logs: (month) => {
    const { events, options } = month;
    const calls = callsOf(month);
    const line = (bytes: number): number => bytes + LINE_OVERHEAD;
    const lines = events * (line(LINES.staged) + line(LINES.posted)) + calls * line(LINES.noted);
    const bytes = calls * line(LINES.webhookMetrics) + (options.infoLines ? lines : 0);
    return tiered(bytes / GB, PRICES.logGb);
  },
  'metrics, alarms': ({ load }) => METRICS * PRICES.metric + (load.hasAlarms ? ALARMS * PRICES.alarm : 0),
};

/**
 * What `webhooks=true` adds to a month's bill, if the event of every operation goes to one webhook, whose receiver takes it
 * at the first attempt. Capacity units of the database are those of the load.
 */
export const webhookBillOf = (load: Load, options: Options): Row[] => rowsOf(ROWS, load, options);
