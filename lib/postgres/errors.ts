const SERIALIZATION_FAILURE = '40001';

const DEADLOCK_DETECTED = '40P01';

export function lostRace(error: unknown): boolean {
  const code = errorCode(error);
  return code === SERIALIZATION_FAILURE || code === DEADLOCK_DETECTED;
}

/** A connection that broke or was refused at once; one that takes long is not worth a second wait. */
const LOST_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  '57P01',
  '57P02',
  '57P03',
]);

export function lostConnection(error: unknown): boolean {
  return LOST_CODES.has(errorCode(error) ?? '');
}

/** SQLSTATE classes of a database that serves nobody just now: connection, resources, operator, system. */
const UNREACHABLE_CLASSES = new Set(['08', '53', '57', '58']);

/** The driver's and the network's codes, and that of a server that became read-only. */
const UNREACHABLE_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  '25006',
]);

const QUERY_CANCELED = '57014';

const TRANSACTION_TIMEOUT = '25P04';

/** A race lost too often; time limits of a statement, a lock, an idle and a long transaction. */
const BUSY_CODES = new Set([
  SERIALIZATION_FAILURE,
  DEADLOCK_DETECTED,
  QUERY_CANCELED,
  '55P03',
  '25P03',
  TRANSACTION_TIMEOUT,
]);

/** Whether an error says that the database serves nobody, rather than that something is wrong with one statement. */
export function isUnreachable(error: unknown): boolean {
  const code = errorCode(error);
  if (code === undefined || BUSY_CODES.has(code)) return false;
  return UNREACHABLE_CODES.has(code) || (code.length === 5 && UNREACHABLE_CLASSES.has(code.slice(0, 2)));
}

/** Whether the same request may succeed later: the database is unreachable, or too busy with what it touches. */
export function isUnavailable(error: unknown): boolean {
  return isUnreachable(error) || BUSY_CODES.has(errorCode(error) ?? '');
}

/** The error of a transaction that met the server's time limit, of which its last statement only learnt that the connection is lost. */
export function transactionTimeout(cause: unknown): Error {
  const error = new Error('the transaction met its time limit', { cause });
  return Object.assign(error, { code: TRANSACTION_TIMEOUT });
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
