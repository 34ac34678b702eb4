import { Logger } from '@aws-lambda-powertools/logger';
import { SERVICE } from './service.ts';
import { mapStack } from './source-maps.ts';

const isTraced = (): boolean => (process.env['_X_AMZN_TRACE_ID'] ?? '').includes('Sampled=1');

/**
 * Leaves out what says nothing: no line is sampled, and Lambda gives each invocation the id of a trace, whether there is one
 * or not. A sixth of a line is paid for otherwise.
 */
const withoutEmpty = (key: string, value: unknown): unknown =>
  key === 'sampling_rate' || (key === 'xray_trace_id' && !isTraced()) ? undefined : value;

/** Structured JSON logs; POWERTOOLS_LOG_LEVEL sets what is kept. */
export const logger = new Logger({ serviceName: SERVICE, jsonReplacerFn: withoutEmpty });

/** Causes of causes that a log tells: what wraps an error twice is told to its ground, and a circle ends. */
const MAX_CAUSES = 3;

/** Errors of an AggregateError that a log tells: the addresses of a host, or the batches of one call. */
const MAX_ERRORS = 3;

/** Errors in a line of the log at most, the first one included: with their causes, three levels could have 85. */
const MAX_ERRORS_IN_ALL = 40;

/** Characters of a message that a log tells: {@link MAX_ERRORS_IN_ALL} errors then fit in CloudWatch's 256 KB of a line. */
const MAX_MESSAGE_CHARACTERS = 2_000;

/** How many errors the line still has room for. */
interface Budget {
  errorsLeft: number;
}

/**
 * An error for a log: its name, message, code and stack; what an AWS client knows of the reply that it got; its causes;
 * the errors of an AggregateError. Nothing else of it, such as a statement's parameters or a reply's headers: they may
 * hold a name or a secret.
 */
export function describeError(error: unknown): Record<string, unknown> {
  return describeWithCauses(error, MAX_CAUSES, { errorsLeft: MAX_ERRORS_IN_ALL });
}

function describeWithCauses(error: unknown, causesLeft: number, budget: Budget): Record<string, unknown> {
  budget.errorsLeft -= 1;
  if (!(error instanceof Error)) return { message: shortened(textOf(error)) };
  const message = shortened(withoutValues(error));
  return {
    ...{ name: error.name, message },
    ...('code' in error ? { code: String(error.code) } : {}),
    ...describeReply(error),
    stack: mapStack((error.stack ?? '').replace(error.message, () => message)),
    ...(causesLeft > 0 ? describeReasons(error, causesLeft - 1, budget) : {}),
  };
}

function describeReasons(error: Error, causesLeft: number, budget: Budget): Record<string, unknown> {
  const hasCause = error.cause !== undefined && budget.errorsLeft > 0;
  const cause = hasCause ? { cause: describeWithCauses(error.cause, causesLeft, budget) } : {};
  if (!(error instanceof AggregateError)) return cause;
  const errors: Record<string, unknown>[] = [];
  for (const each of error.errors.slice(0, MAX_ERRORS)) {
    if (budget.errorsLeft > 0) errors.push(describeWithCauses(each, causesLeft, budget));
  }
  return { ...cause, errors, errorsInAll: error.errors.length };
}

/** What an AWS client knows of a reply. */
interface ReplyMetadata {
  readonly httpStatusCode?: unknown;
  readonly requestId?: unknown;
}

function describeReply(error: Error): Record<string, unknown> {
  if (!('$metadata' in error)) return {};
  const { httpStatusCode, requestId } = (error.$metadata ?? {}) as ReplyMetadata;
  return { httpStatus: httpStatusCode, requestId };
}

/** PostgreSQL's errors about data, which quote what a statement's parameter was. */
const DATA_EXCEPTION = /^22[0-9A-Z]{3}$/;

function withoutValues(error: Error): string {
  const isAboutData = 'code' in error && DATA_EXCEPTION.test(String(error.code));
  return isAboutData ? error.message.replace(/".*"/s, '"…"') : error.message;
}

/** An object that is thrown may hold anything, so only what is a text by itself is told. */
const textOf = (thrown: unknown): string =>
  typeof thrown === 'object' && thrown !== null ? 'an object that is no Error' : String(thrown);

const shortened = (text: string): string => text.slice(0, MAX_MESSAGE_CHARACTERS);
