import { databaseOf as databaseNamed } from '../lib/aws/database.ts';
import { openDatabase, type Sql } from '../lib/postgres/database.ts';
import { isUnreachable } from '../lib/postgres/errors.ts';
import { type Database, serverOf } from '../lib/postgres/server.ts';
import { isAtAddress, readConfig } from '../lib/runtime/config.ts';
import {
  DEAD_LETTER_QUEUE,
  DEFAULT_BASE_PORT,
  LOOPBACK,
  OPERATIONS_QUEUE,
  parseBasePort,
  portsFrom,
  postgresUrl,
  queueUrlAt,
} from '../localstack/addresses.ts';
import { messageOf } from './cli.ts';

/*
 * Which system a command works on: the local one of a port, a deployed stage, or the one that the environment names. One
 * of them at most: what was meant for a laptop must not reach a system that some forgotten variable names.
 */

/** The options that name a system, for parseArgs. */
export const PORT = { port: { type: 'string' } } as const;
export const PORT_OR_STAGE = { ...PORT, stage: { type: 'string' }, region: { type: 'string' } } as const;

/** What serverless.yml deploys to where AWS_REGION says nothing else. */
export const DEFAULT_REGION = 'eu-central-1';

/** Any of these names the database in the environment. */
const DATABASE_VARIABLES = ['DATABASE_URL', 'DATABASE_SECRET', 'DATABASE_HOST'] as const;
const QUEUE_VARIABLES = ['QUEUE_URL', 'DEAD_LETTER_QUEUE_URL'] as const;

interface Values {
  readonly port?: string | undefined;
  readonly stage?: string | undefined;
  readonly region?: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** A deployed stage. */
export interface Stage {
  readonly stage: string;
  readonly region: string;
}

/** A database and the queues beside it. */
export interface System {
  readonly database: Database;
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  /** Where the local system's queue answers; undefined for a queue on AWS. */
  readonly queueEndpoint: string | undefined;
}

/**
 * Reads which database is meant: `--port`, or the environment's, or the local system's default port.
 *
 * @throws Error with a sentence where it is named twice or wrongly
 */
export function readDatabase(values: Values, environment: Environment = process.env): Database {
  const [variable] = setVariables(DATABASE_VARIABLES, environment);
  refuseTwo(values, variable);
  return variable === undefined ? localDatabase(values.port) : databaseOf(environment);
}

/**
 * Reads which database or deployed stage is meant: `--stage`, or as {@link readDatabase}.
 *
 * @throws Error with a sentence where it is named twice or wrongly
 */
export function readDatabaseOrStage(
  values: Values,
  environment: Environment = process.env,
): { readonly database: Database } | Stage {
  const { stage, region } = values;
  if (stage === undefined) {
    if (region !== undefined) throw new Error('--region goes with --stage alone.');
    return { database: readDatabase(values, environment) };
  }
  refuseTwo(values, setVariables(DATABASE_VARIABLES, environment)[0]);
  if (!/^[a-zA-Z0-9-]{1,40}$/.test(stage))
    throw new Error(`--stage takes the name of a stage, such as prod, not "${stage}".`);
  return { stage, region: region ?? environment['AWS_REGION'] ?? DEFAULT_REGION };
}

/**
 * Reads which database and queues are meant, all of one system: half of one and half of another would send letters astray.
 *
 * @throws Error with a sentence where they are named twice, in part or wrongly
 */
export function readSystem(values: Values, environment: Environment = process.env): System {
  const queues = setVariables(QUEUE_VARIABLES, environment);
  const given = [...queues, ...setVariables(DATABASE_VARIABLES, environment).slice(0, 1)];
  refuseTwo(values, given[0]);
  if (given.length === 0) return localSystem(values.port);
  const missing = [
    ...QUEUE_VARIABLES.filter((name) => !queues.includes(name)),
    ...(given.length > queues.length ? [] : ['DATABASE_URL']),
  ];
  if (missing.length > 0) throw new Error(`With ${given.join(' and ')}, set ${missing.join(' and ')}, too.`);
  return {
    database: databaseOf(environment),
    queueUrl: readConfig(['QUEUE_URL'], environment).QUEUE_URL,
    deadLetterQueueUrl: deadLetterQueueOf(environment),
    queueEndpoint: undefined,
  };
}

/** Opens a database for some work and closes it again. What goes wrong becomes a sentence. */
export async function withDatabase<T>(
  database: Database,
  done: string,
  work: (sql: Sql) => Promise<T>,
): Promise<T> {
  const sql = openDatabase(database);
  try {
    return await work(sql);
  } catch (error) {
    throw databaseError(error, database, done);
  } finally {
    await sql.end({ timeout: 1 }).catch(() => {});
  }
}

/**
 * What a database's error means, in a sentence without the URL's password.
 *
 * @param done what can't be done with the database, such as `checked`
 */
export function databaseError(error: unknown, database: Database, done: string): Error {
  const where = `The database ${placeOf(database)}`;
  const why = messageOf(error).replace(/\.$/, '');
  const sentence = isUnreachable(error)
    ? `${where} does not answer (${why}). A local one is started by npm start.`
    : `${where} can't be ${done}: ${why}.`;
  return new Error(sentence, { cause: error });
}

function placeOf(database: Database): string {
  if (typeof database === 'object' && 'readUrl' in database) return 'that the secret names';
  const server = serverOf(database);
  return `at ${server.host}:${server.port}/${server.database}`;
}

/** An empty variable is one that is not set. */
function setVariables<N extends string>(names: readonly N[], environment: Environment): N[] {
  return names.filter((name) => (environment[name] ?? '') !== '');
}

function refuseTwo({ port, stage }: Values, variable: string | undefined): void {
  const named = [
    ...(port === undefined ? [] : ['--port']),
    ...(stage === undefined ? [] : ['--stage']),
    ...(variable === undefined ? [] : [variable]),
  ];
  if (named.length < 2) return;
  const all = `${named.slice(0, -1).join(', ')} and ${named.at(-1)}`;
  throw new Error(`${all} name ${named.length === 2 ? 'two' : 'three'} systems: give one of them.`);
}

function databaseOf(environment: Environment): Database {
  const database = databaseNamed(readConfig(['database'], environment).database);
  // Its sslmode may be wrong.
  if (typeof database === 'string') serverOf(database);
  return database;
}

function deadLetterQueueOf(environment: Environment): string {
  const url = environment['DEAD_LETTER_QUEUE_URL'] ?? '';
  if (/^https?:$/.test(URL.parse(url)?.protocol ?? '') && url.endsWith('.fifo')) {
    if (isAtAddress(url, environment['QUEUE_URL'])) return url;
    throw new Error(
      'QUEUE_URL and DEAD_LETTER_QUEUE_URL take two queues of one address: letters of one system must not reach another.',
    );
  }
  throw new Error(
    `DEAD_LETTER_QUEUE_URL takes the URL of the dead-letter queue, an SQS FIFO queue; it got "${url.slice(0, 200)}".`,
  );
}

function basePort(port: string | undefined): number {
  return port === undefined ? DEFAULT_BASE_PORT : parseBasePort(port);
}

function localDatabase(port: string | undefined): Database {
  return postgresUrl(portsFrom(basePort(port)).postgres);
}

function localSystem(port: string | undefined): System {
  const endpoint = `http://${LOOPBACK}:${portsFrom(basePort(port)).queue}`;
  return {
    database: localDatabase(port),
    queueUrl: queueUrlAt(endpoint, OPERATIONS_QUEUE),
    deadLetterQueueUrl: queueUrlAt(endpoint, DEAD_LETTER_QUEUE),
    queueEndpoint: endpoint,
  };
}
