import { mkdirSync } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import {
  EVENT_BUS,
  LOOPBACK,
  type Ports,
  queueUrlAt,
  REGION,
  REPORTS_BUCKET,
  WEBHOOK_POSTS_QUEUE,
  WEBHOOK_RESULTS_QUEUE,
} from '../addresses.ts';
import { startChild, withTail } from '../processes/child.ts';

/** Reading serverless.yml and loading take 3 s on a small machine, and a minute on one that is busy with ten other things. */
const START_LIMIT_MS = 180_000;
const HEALTH_POLL_MS = 50;
/** For one request, and for how long it may go on answering with a failure. */
const HEALTH_LIMIT_MS = 5_000;

/** What the functions' process is called, where Lambda has a function's name. */
const FUNCTIONS = 'my-little-ps-local';

/**
 * What must not reach the functions from the caller's shell or test runner: his AWS account, proxies, test mode, an
 * answer in place of the authorizer's.
 */
const KEPT_OUT = /^(AWS_|SLS_|SERVERLESS_|NODE_|VITEST|npm_|TEST$|IS_OFFLINE$|AUTHORIZER$)|_proxy$/i;

/** What the process of the functions is told. */
export interface FunctionsProcessOptions {
  readonly httpPort: number;
  readonly lambdaPort: number;
  /** Whether requests need an API key. */
  readonly auth: boolean;
}

export interface FunctionsOptions {
  readonly ports: Ports;
  /** Gets the log. */
  readonly dataDir: string;
  readonly databaseUrl: string;
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  readonly eventBusEndpoint: string;
  /** Whether requests need an API key. */
  readonly auth: boolean;
  /** Settings of serverless.yml's `params.local`, such as `{ WALLET_GROUPS: '2' }`. */
  readonly env: Readonly<Record<string, string>>;
  /** Gets a line for each edited file that is taken over, or not. */
  readonly log?: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface Functions {
  readonly logFile: string;
  readonly stop: () => Promise<void>;
  readonly exited: Promise<string>;
}

/**
 * Starts the process of the functions: the HTTP API, Lambda's Invoke API, the schedules and the subscribers of events, all
 * as serverless.yml has them. Resolves once `GET /live` succeeds; the functions' log, lines of JSON, goes to the log file,
 * and whatever else is printed to `functions.errors.log`.
 */
export async function startFunctions(options: FunctionsOptions): Promise<Functions> {
  const logFile = join(options.dataDir, 'logs', 'functions.log');
  // Stack traces and whatever else is no line of JSON.
  const errorFile = join(options.dataDir, 'logs', 'functions.errors.log');
  mkdirSync(options.dataDir, { recursive: true });
  const { ports, auth } = options;
  const child = await startChild({
    name: 'The functions',
    entry: join(import.meta.dirname, 'functions-process.ts'),
    options: {
      ...{ httpPort: ports.http, lambdaPort: ports.lambda, auth },
    } satisfies FunctionsProcessOptions,
    ready: z.unknown(),
    readyLimitMs: START_LIMIT_MS,
    logFile,
    errorFile,
    env: environment(options),
    log: options.log,
    signal: options.signal,
  });
  const ended = new AbortController();
  void child.exited.then((reason) => ended.abort(new Error(reason)));
  const url = `http://${LOOPBACK}:${options.ports.http}/live`;
  try {
    const problem = await whyUnhealthy(
      url,
      AbortSignal.any([ended.signal, ...(options.signal ? [options.signal] : [])]),
    );
    if (problem !== undefined) throw new Error(await withTail(problem, logFile, errorFile));
  } catch (error) {
    await child.stop();
    throw error;
  }
  return { logFile, stop: child.stop, exited: child.exited };
}

function environment(options: FunctionsOptions): NodeJS.ProcessEnv {
  // One address of the queue: where its URL points.
  const queueEndpoint = new URL(options.queueUrl).origin;
  const own = Object.entries(process.env).filter(([name]) => !KEPT_OUT.test(name));
  return {
    ...Object.fromEntries(own),
    ...options.env,
    API_KEYS: options.auth ? 'required' : 'off',
    DATABASE_URL: options.databaseUrl,
    QUEUE_URL: options.queueUrl,
    DEAD_LETTER_QUEUE_URL: options.deadLetterQueueUrl,
    EVENT_BUS_NAME: EVENT_BUS,
    WEBHOOK_POSTS_QUEUE_URL: queueUrlAt(queueEndpoint, WEBHOOK_POSTS_QUEUE),
    WEBHOOK_RESULTS_QUEUE_URL: queueUrlAt(queueEndpoint, WEBHOOK_RESULTS_QUEUE),
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ENDPOINT_URL_SQS: queueEndpoint,
    AWS_ENDPOINT_URL_EVENTBRIDGE: options.eventBusEndpoint,
    // An address instead of a name makes the SDK put the bucket into the path, where emulators want it.
    AWS_ENDPOINT_URL_S3: queueEndpoint,
    REPORTS_BUCKET,
    // As on Lambda: a wrong setting fails the start; what is logged of a request belongs to its invocation alone.
    AWS_LAMBDA_FUNCTION_NAME: FUNCTIONS,
    AWS_LAMBDA_MAX_CONCURRENCY: '64',
  };
}

/**
 * Nothing once GET /live succeeds. The first request loads the function, so it takes a while, and an answer other than
 * 200 may be a matter of starting up: only if that lasts, it is the reply.
 */
async function whyUnhealthy(url: string, signal: AbortSignal): Promise<string | undefined> {
  const limit = Date.now() + START_LIMIT_MS;
  let answerLimit = limit;
  let last = 'no answer';
  while (Date.now() < Math.min(limit, answerLimit)) {
    signal.throwIfAborted();
    const response = await fetch(url, { signal: AbortSignal.timeout(HEALTH_LIMIT_MS) }).catch(
      () => undefined,
    );
    if (response !== undefined) {
      const body = await response.text();
      if (response.ok && body.includes('"Status":"ok"')) return undefined;
      last = `HTTP ${response.status} ${body}`;
      answerLimit = Math.min(answerLimit, Date.now() + HEALTH_LIMIT_MS);
    }
    await sleep(HEALTH_POLL_MS);
  }
  return `GET ${url} does not succeed: ${last}`;
}
