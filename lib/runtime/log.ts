import { Logger } from '@aws-lambda-powertools/logger';
import { SERVICE } from './service.ts';
import { mapStack } from './source-maps.ts';

/** Structured JSON logs; POWERTOOLS_LOG_LEVEL sets what is kept. */
export const logger = new Logger({ serviceName: SERVICE });

/** Causes of causes that a log tells: what wraps an error twice is told to its ground, and a circle ends. */
const MAX_CAUSES = 3;

/** Errors of an AggregateError that a log tells: the addresses of a host, or the batches of one call. */
const MAX_ERRORS = 3;

/** Characters of a message that a log tells: the 40 errors that one can lead to then fit in a line of 256 KB. */
const MAX_MESSAGE_CHARACTERS = 2_000;

/**
 * An error for a log: its name, message, code and stack; what an AWS client knows of the reply that it got; its causes;
 * the errors of an AggregateError. Nothing else of it, such as a statement's parameters or a reply's headers: they may
 * hold a name or a secret.
 */
export function describeError(error: unknown): Record<string, unknown> {
  return describeWithCauses(error, MAX_CAUSES);
}

function describeWithCauses(error: unknown, causesLeft: number): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: shortened(textOf(error)) };
  const message = shortened(withoutValues(error));
  return {
    ...{ name: error.name, message },
    ...('code' in error ? { code: String(error.code) } : {}),
    ...describeReply(error),
    stack: mapStack((error.stack ?? '').replace(error.message, () => message)),
    ...(causesLeft > 0 ? describeReasons(error, causesLeft - 1) : {}),
  };
}

function describeReasons(error: Error, causesLeft: number): Record<string, unknown> {
  const cause = error.cause === undefined ? {} : { cause: describeWithCauses(error.cause, causesLeft) };
  if (!(error instanceof AggregateError)) return cause;
  const errors = error.errors.slice(0, MAX_ERRORS).map((each) => describeWithCauses(each, causesLeft));
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
