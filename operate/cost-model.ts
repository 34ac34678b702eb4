import { PRICES, tiered } from './prices.ts';

/** What a month costs of. */
export interface Load {
  readonly name: string;
  readonly operationsPerSecond: number;
  /** Capacity units of one database instance, on average: at least, and at most. */
  readonly units: readonly [least: number, most: number];
  /** Share of the month that the database is awake. */
  readonly awake: number;
  readonly instances: number;
  /** Wake-ups that one call of the processor gets, on average: one if there is little to do, ten at most. */
  readonly wakeUpsPerCall: number;
  /** Milliseconds of such a call. */
  readonly processorMs: number;
  readonly backupDays: number;
  readonly logDays: number;
  readonly hasAlarms: boolean;
}

/** What can be switched, as parameters or in serverless.yml. */
export interface Options {
  readonly tracing: boolean;
  readonly events: boolean;
  readonly routeMetrics: boolean;
  /** The function's line for each request, beside the audit line. */
  readonly requestLines: boolean;
  /** The empty fields of tracing and sampling in each line of a function. */
  readonly emptyFields: boolean;
  /** Lambda's two lines for each invocation. */
  readonly lambdaLines: boolean;
  readonly infrequentAccessLog: boolean;
  /** A logLevel of INFO; with WARN, there is no audit line. */
  readonly infoLines: boolean;
  readonly optimizedStorage: boolean;
  /** Endpoints of AWS's services within the network, each in two zones. */
  readonly endpoints: number;
  /** Operations of one request. */
  readonly perRequest: number;
  /** Whether the operations of one request are one linked transaction. */
  readonly linked: boolean;
}

/** What serverless.yml says. */
export const DEFAULTS: Options = {
  tracing: false,
  events: false,
  routeMetrics: false,
  requestLines: false,
  emptyFields: false,
  lambdaLines: false,
  infrequentAccessLog: true,
  infoLines: true,
  optimizedStorage: false,
  endpoints: 0,
  perRequest: 1,
  linked: false,
};

/** What serverless.yml said before each of these had its price. */
export const EARLIER: Options = {
  ...DEFAULTS,
  ...{ tracing: true, events: true, routeMetrics: true, requestLines: true },
  ...{ emptyFields: true, lambdaLines: true },
  infrequentAccessLog: false,
};

const HOURS = 730;
export const SECONDS = HOURS * 3_600;
export const MILLION = 1e6;
export const GB = 1e9;

/** Half of the operations are receipts, with one leg; half are transfers, with two. */
const LEGS = 1.5;

/**
 * Each leg wakes its wallet by a message: the first when it is accepted, by a request of its own; a credit by the processor. The
 * legs of a linked transaction are settled together, and one message wakes them.
 */
const WAKE_UPS = LEGS;
const CREDITS = LEGS - 1;

/**
 * Milliseconds that accepting one operation takes, and each further one of a batch, an estimate: a commit in another zone, a
 * message to SQS, and a few milliseconds of a core of which 512 MB give a third.
 */
const ACCEPT_MS = 50;
const ACCEPT_MORE_MS = 1;

/** Milliseconds that a call of the processor waits for the bus. */
export const PUBLISH_MS = 30;

/** GB of the functions' memory: 512 MB. */
export const MEMORY_GB = 0.5;

/**
 * Reads and writes of storage for one operation, an estimate: Aurora counts each log write of up to 4 KB, one when the operation
 * is accepted and up to 1.5 when it is settled; and a page for some legs, once the journal's index is larger than the memory.
 */
const STORAGE_IO = 3;

/** Bytes that a leg adds to the journal with its indexes: measured (docs/operations.md, "What grows"). */
const LEG_BYTES = 325;

/** Bytes of the write-ahead log for one operation's whole life, which a backup keeps: measured (docs/performance.md). */
const WAL_BYTES = 1_852;

/** Bytes between a function and the database for one operation; half of the instances are in the other zone. An estimate. */
const DATABASE_TRAFFIC_BYTES = 8_000;
const OTHER_ZONE = 0.5;

/**
 * Bytes of log lines: the functions' own as they write them with the environment of a function (measured: test/unit/operate/
 * costs.test.ts), Lambda's as its guide shows them, the access log as its format in serverless.yml fills up.
 */
export const LINES = {
  ...{ audit: 426, request: 214, settled: 230, metrics: 351, emptyFields: 74 },
  ...{ start: 141, report: 386, access: 301 },
  ...{ staged: 236, posted: 228, noted: 182, webhookMetrics: 448 },
};

/** What CloudWatch adds to each line, in bytes. */
export const LINE_OVERHEAD = 26;

/** Bytes for each message in the processor's line. */
const CORRELATION_ID_BYTES = 39;

/** What kept logs shrink to. */
const COMPRESSED = 0.15;

/** X-Ray's own rule: a request a second of each of three busy functions, and 5 % of all. */
const TRACES_PER_SECOND = 3;
const TRACED_SHARE = 0.05;

/** Two for each function, and a dozen for queues, books, requests and database. */
const ALARMS = 70;

/** Names under which the functions write, among them the groups' load. */
const METRICS = 20;

/** Six for each of 20 routes that are used. */
const ROUTE_METRICS = 120;

type Range = readonly [least: number, most: number];

/** A row of the bill, in dollars a month. */
export interface Row {
  readonly name: string;
  readonly dollars: Range;
}

/** What a load does in a month. */
export interface Month {
  readonly load: Load;
  readonly options: Options;
  readonly operations: number;
  readonly requests: number;
  /** Messages that wake wallets: of requests, and of credits. */
  readonly wakeUps: number;
  readonly credits: number;
  /** Calls of the processor. */
  readonly settling: number;
  /** Each transaction ends in one event, such as TransactionSucceeded. */
  readonly events: number;
}

function monthOf(load: Load, options: Options): Month {
  const operations = load.operationsPerSecond * SECONDS;
  const requests = operations / options.perRequest;
  const wakeUps = options.linked ? requests : operations * WAKE_UPS;
  return {
    ...{ load, options, operations, requests, wakeUps },
    credits: options.linked ? 0 : operations * CREDITS,
    settling: wakeUps / load.wakeUpsPerCall,
    events: options.linked ? requests : operations,
  };
}

export type Rows = Readonly<Record<string, (month: Month) => number | Range>>;

/** The rows of a month's bill, by what each costs. */
export const rowsOf = (rows: Rows, load: Load, options: Options): Row[] => {
  const month = monthOf(load, options);
  return Object.entries(rows).map(([name, dollarsOf]) => {
    const dollars = dollarsOf(month);
    return { name, dollars: typeof dollars === 'number' ? [dollars, dollars] : dollars };
  });
};

/** The rows of a month's bill. */
export const billOf = (load: Load, options: Options): Row[] => rowsOf(ROWS, load, options);

/** What a month adds to the following ones: no part of its own bill. */
export const laterOf = (load: Load, options: Options): Row[] => rowsOf(LATER, load, options);

/** The sum of a bill. */
export const sumOf = (bill: readonly Row[]): Range =>
  bill.reduce<Range>(([least, most], { dollars: [from, to] }) => [least + from, most + to], [0, 0]);

const LATER: Rows = {
  'storage, **each further month**': ({ operations, options }) =>
    ((operations * LEGS * LEG_BYTES) / GB) * priceOf('storageGb', options),
  'logs kept, once `logDays` are over': (month) =>
    (bytesOfLogs(month).all / GB) * (month.load.logDays / 30) * COMPRESSED * PRICES.keptLogGb,
};

const ROWS: Rows = {
  'Aurora units': ({ load: { units, awake, instances }, options }) => {
    const [least, most] = units.map(
      (each) => each * awake * instances * HOURS * priceOf('unitHour', options),
    );
    return [least ?? 0, most ?? 0];
  },
  'reads and writes of storage': ({ operations, options }) =>
    ((operations * STORAGE_IO) / MILLION) * priceOf('ioMillion', options),
  "backups beyond the database's size": ({ load, operations }) =>
    backupGb(load.backupDays, operations) * PRICES.backupGb,
  'HTTP API': ({ requests }) => tiered(requests / MILLION, PRICES.httpMillion),
  Lambda: ({ load, options, requests, operations, settling }) => {
    // As many legs take as long, however few messages tell of them.
    const settlingMs = ((operations * WAKE_UPS) / load.wakeUpsPerCall) * load.processorMs;
    const publishingMs = options.events ? settling * PUBLISH_MS : 0;
    const acceptingMs = requests * ACCEPT_MS + (operations - requests) * ACCEPT_MORE_MS;
    const ms = acceptingMs + settlingMs + publishingMs;
    const calls = ((requests + settling) / MILLION) * PRICES.lambdaCallMillion;
    return calls + (ms / 1_000) * MEMORY_GB * PRICES.lambdaGbSecond;
  },
  // A call of the processor receives, deletes and, for credits, sends by one request for all its messages.
  'SQS FIFO': ({ wakeUps, credits, settling }) =>
    ((wakeUps - credits + 2 * settling + Math.min(credits, settling)) / MILLION) * PRICES.queueMillion,
  'EventBridge (`events`)': ({ events, options }) =>
    options.events ? (events / MILLION) * PRICES.eventMillion : 0,
  'logs, Standard': (month) => tiered(bytesOfLogs(month).standard / GB, PRICES.logGb),
  'logs, Infrequent Access': (month) => (bytesOfLogs(month).infrequent / GB) * PRICES.infrequentLogGb,
  'X-Ray (`tracing`)': ({ load, requests, settling, options }) => {
    const calls = requests + settling;
    const most = Math.min(calls, TRACES_PER_SECOND * SECONDS);
    const traces = load.operationsPerSecond === 0 ? 0 : most + (calls - most) * TRACED_SHARE;
    return options.tracing ? (traces / MILLION) * PRICES.traceMillion : 0;
  },
  'metrics of routes (`routeMetrics`)': ({ options }) =>
    options.routeMetrics ? ROUTE_METRICS * PRICES.metric : 0,
  'own metrics': () => METRICS * PRICES.metric,
  alarms: ({ load }) => (load.hasAlarms ? ALARMS * PRICES.alarm : 0),
  "dashboard, from an account's fourth on": () => [0, PRICES.dashboard],
  'secret, key': ({ load }) => PRICES.secret + (load.hasAlarms ? PRICES.key : 0),
  'endpoints (`egress=endpoints`)': ({ options }) => options.endpoints * 2 * HOURS * PRICES.endpointHour,
  'traffic between zones': ({ operations }) =>
    ((operations * DATABASE_TRAFFIC_BYTES * OTHER_ZONE) / GB) * PRICES.zoneGb,
};

function priceOf(of: 'unitHour' | 'storageGb' | 'ioMillion', { optimizedStorage }: Options): number {
  return PRICES[of][optimizedStorage ? 'optimized' : 'standard'];
}

/** The changes of the days that backups are kept, less what is free: as much as the database has after a month. */
function backupGb(days: number, operations: number): number {
  const changes = (operations / SECONDS) * days * 86_400 * WAL_BYTES;
  return Math.max(0, changes - operations * LEGS * LEG_BYTES) / GB;
}

function bytesOfLogs({ load, options, requests, settling }: Month) {
  const line = (bytes: number): number => bytes + LINE_OVERHEAD;
  const ownLine = (bytes: number): number => line(bytes) + (options.emptyFields ? LINES.emptyFields : 0);
  const ofLambda = options.lambdaLines ? line(LINES.start) + line(LINES.report) : 0;
  const ofRequest =
    ofLambda +
    (options.infoLines ? ownLine(LINES.audit) : 0) +
    (options.infoLines && options.requestLines ? ownLine(LINES.request) : 0);
  const settled = ownLine(LINES.settled) + load.wakeUpsPerCall * CORRELATION_ID_BYTES;
  const ofSettling = ofLambda + line(LINES.metrics) + (options.infoLines ? settled : 0);
  const access = requests * line(LINES.access);
  const own = requests * ofRequest + settling * ofSettling;
  return {
    all: own + access,
    standard: own + (options.infrequentAccessLog ? 0 : access),
    infrequent: options.infrequentAccessLog ? access : 0,
  };
}
