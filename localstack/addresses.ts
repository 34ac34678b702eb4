import reports from './buckets/reports.json' with { type: 'json' };
import deadLetters from './queues/dead-letters.json' with { type: 'json' };
import failedWebhooks from './queues/failed-webhooks.json' with { type: 'json' };
import operations from './queues/operations.json' with { type: 'json' };
import webhookPosts from './queues/webhook-posts.json' with { type: 'json' };
import webhookResults from './queues/webhook-results.json' with { type: 'json' };

/*
 * Where the parts of a local system are, and what they are called. Commands for operators need it where no emulator is
 * installed, so nothing here imports one.
 */

/** Everything local listens here and nowhere else: a laptop in a café shows nothing to its neighbours. */
export const LOOPBACK = '127.0.0.1';

/** The HTTP API's port unless `--port` says otherwise; the other four parts take the four ports after it. */
export const DEFAULT_BASE_PORT = 4567;

/** 65535 is the last port there is, and four more follow the base. */
export const HIGHEST_BASE_PORT = 65_531;

/** Below it a port needs root. */
const LOWEST_BASE_PORT = 1024;

export interface Ports {
  readonly http: number;
  readonly lambda: number;
  readonly queue: number;
  readonly eventBus: number;
  readonly postgres: number;
}

/** The five ports of a local system whose HTTP API is at `base`. */
export function portsFrom(base: number): Ports {
  return { http: base, lambda: base + 1, queue: base + 2, eventBus: base + 3, postgres: base + 4 };
}

/**
 * Reads a `--port` value.
 *
 * @throws Error with a sentence that says what it takes
 */
export function parseBasePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= LOWEST_BASE_PORT && port <= HIGHEST_BASE_PORT) return port;
  throw new Error(`--port takes a number from ${LOWEST_BASE_PORT} to ${HIGHEST_BASE_PORT}, not "${text}".`);
}

/** The database, its user and password: it holds play money and only this machine reaches it. */
export const DATABASE = 'my_little_ps';
export const USER = 'local';

/** Where the PostgreSQL server of this port is reached. */
export function postgresUrl(port: number): string {
  return `postgres://${USER}:${USER}@${LOOPBACK}:${port}/${DATABASE}`;
}

/** The emulators have no accounts; this number stands in their URLs and ARNs. */
export const ACCOUNT = '000000000000';
export const REGION = 'eu-central-1';

/** The queues of serverless.yml once more, as input of CreateQueue; a test holds the two together. */
export const QUEUES = [deadLetters, operations, failedWebhooks, webhookPosts, webhookResults];
export const OPERATIONS_QUEUE = operations.QueueName;
export const DEAD_LETTER_QUEUE = deadLetters.QueueName;
export const WEBHOOK_POSTS_QUEUE = webhookPosts.QueueName;
export const WEBHOOK_RESULTS_QUEUE = webhookResults.QueueName;

/** The bucket of serverless.yml: both emulators have S3 where they have SQS. */
export const REPORTS_BUCKET = reports.Bucket;

/** The name of the bus, as the functions publish to it. */
export const EVENT_BUS = 'my-little-ps-local';

/**
 * A queue's URL at an emulator. fauxqs's own answers name the host `sqs.eu-central-1.localhost`, which not every machine
 * resolves, and the SDK sends its requests to wherever the URL points. fauxqs itself looks at the path only.
 */
export function queueUrlAt(endpoint: string, queueName: string): string {
  return `${endpoint}/${ACCOUNT}/${queueName}`;
}

/** The full name of a function of serverless.yml, such as `keys`, on a stage. */
export function lambdaName(name: string, stage = 'local'): string {
  return `my-little-ps-${stage}-${name}`;
}
