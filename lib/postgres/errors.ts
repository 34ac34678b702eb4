const SERIALIZATION_FAILURE = '40001';

const DEADLOCK_DETECTED = '40P01';

const UNIQUE_VIOLATION = '23505';

/** Keys that a statement looks up before it inserts: a violation says that another one was faster. */
const RACED_KEYS = new Set(['transaction_references', 'wallet_references']);

export function lostRace(error: unknown): boolean {
  const code = errorCode(error);
  return code === SERIALIZATION_FAILURE || code === DEADLOCK_DETECTED || isRacedKey(error);
}

const isRacedKey = (error: unknown): boolean =>
  errorCode(error) === UNIQUE_VIOLATION &&
  RACED_KEYS.has(String((error as { readonly constraint_name?: unknown }).constraint_name));

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

/** What a standby says to a write, and a server that was made read-only. */
const READ_ONLY = '25006';

/** What a server says to a write without the right to it, or to a table that it does not have. */
const NOT_OURS = new Set(['42501', '42P01']);

/** Whether a write failed since this database is only there to be read: a standby, a role that only reads, or an older schema. */
export function cannotWrite(error: unknown): boolean {
  const code = errorCode(error) ?? '';
  return code === READ_ONLY || NOT_OURS.has(code);
}

/** SQLSTATE class of a connection that leads nowhere: what a proxy says whose server is gone. */
const CONNECTION_CLASS = '08';

/** A server that shuts down, crashed, starts up, lost its database, or ended an idle session. */
const SERVER_IS_GONE = /^57P0[1-5]$/;

/**
 * Whether an error says that the server at the other end is not the one to talk to any more, such as the previous writer
 * after a failover: its connection may be alive, and is of no use.
 */
export function isElsewhere(error: unknown): boolean {
  const code = errorCode(error) ?? '';
  return code === READ_ONLY || isOfClass(code, CONNECTION_CLASS) || SERVER_IS_GONE.test(code);
}

/** Errors of a server that did not begin with a statement: read-only, starting up, ended while idle, connection refused. */
const REFUSED_CODES = new Set([READ_ONLY, '57P03', '57P05', '08001', '08004']);

/** Whether the server refused a statement, or a transaction of which then nothing is left: another server may take it. */
export function wasRefused(error: unknown): boolean {
  return REFUSED_CODES.has(errorCode(error) ?? '');
}

/** A sign-in that the server refused: by its rules (28000, also by PAM), or for its password. */
const NOT_SIGNED_IN_CODES = new Set(['28000', '28P01']);

/** Whether the server refused the sign-in itself, before any statement. */
export function wasNotSignedIn(error: unknown): error is Error {
  return NOT_SIGNED_IN_CODES.has(errorCode(error) ?? '');
}

/** SQLSTATE classes of a database that serves nobody just now: connection, resources, operator, system. */
const UNREACHABLE_CLASSES = [CONNECTION_CLASS, '53', '57', '58'];

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
  // The secret with the database's URL (lib/aws/secrets.ts).
  'SECRET_UNREACHABLE',
  READ_ONLY,
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
  return UNREACHABLE_CODES.has(code) || UNREACHABLE_CLASSES.some((name) => isOfClass(code, name));
}

/** Whether a code is an SQLSTATE of a class. */
const isOfClass = (code: string, name: string): boolean => code.length === 5 && code.startsWith(name);

/** Whether the same request may succeed later: the database is unreachable, or too busy with what it touches. */
export function isUnavailable(error: unknown): boolean {
  return isUnreachable(error) || BUSY_CODES.has(errorCode(error) ?? '') || lostRace(error);
}

/** The error of a transaction that met the server's time limit, of which its last statement only learnt that the connection is lost. */
export function transactionTimeout(cause: unknown): Error {
  const error = new Error('the transaction met its time limit', { cause });
  return Object.assign(error, { code: TRANSACTION_TIMEOUT });
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
