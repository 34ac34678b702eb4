import { type Api, EXACT_FIELDS, type FieldProblem, type RefusalCode } from '../generated/api.ts';
import { type ErrorFacts, RefusalError, UnavailableError, UnexpectedReplyError } from './errors.ts';
import { type Json, JsonNumber, type JsonObject, readJson } from './json.ts';

/** The name of a request: its method, and its path as the description has it. */
export type RequestName = keyof Api;

/** A reply, whole. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const DIGITS = /^-?\d+$/;

/** What the gateway answers by itself, in its own form, and what it means. */
const GATEWAY_CODES: ReadonlyMap<number, RefusalCode> = new Map([
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [404, 'route_not_found'],
  [413, 'body_too_large'],
  [429, 'too_many_requests'],
]);

/**
 * The payload of a success: amounts and ids as bigint, rates as decimal text, other numbers as numbers. Digits are read
 * exactly whether the server wrote strings, as requested, or numbers, as an older one does.
 *
 * @throws SyntaxError if the text is no JSON, as of a reply that was cut
 * @throws UnexpectedReplyError if it has no payload, or an amount that is none
 */
export function payloadOf<Name extends RequestName>(
  name: Name,
  { status, headers, text }: Reply,
  idempotencyKey: string | undefined,
): Api[Name]['reply'] {
  const body = readJson(text);
  const facts = { ...factsOf(status, headers), idempotencyKey };
  const payload = isObject(body) ? body['payload'] : undefined;
  if (payload === undefined || !isObject(payload))
    throw new UnexpectedReplyError(`${name}: the reply has no payload`, facts);
  const { digits, decimals } = EXACT_FIELDS[name];
  const fields = { name, digits: new Set(digits), decimals: new Set(decimals) };
  return toValue(payload, '', fields, facts) as Api[Name]['reply'];
}

interface ExactFields {
  readonly name: RequestName;
  readonly digits: ReadonlySet<string>;
  readonly decimals: ReadonlySet<string>;
}

function toValue(json: Json, field: string, fields: ExactFields, facts: ErrorFacts): unknown {
  if (Array.isArray(json)) return json.map((item) => toValue(item, field, fields, facts));
  if (isObject(json))
    return Object.fromEntries(
      Object.entries(json).map(([name, item]) => [name, toValue(item, name, fields, facts)]),
    );
  if (json === null) return null;
  const text = json instanceof JsonNumber ? json.text : json;
  if (fields.digits.has(field)) {
    if (typeof text === 'string' && DIGITS.test(text)) return BigInt(text);
    throw new UnexpectedReplyError(`${fields.name}: ${field} is not a whole number`, facts);
  }
  if (!(json instanceof JsonNumber) || fields.decimals.has(field)) return text;
  const number = Number(json.text);
  return DIGITS.test(json.text) && !Number.isSafeInteger(number) ? BigInt(json.text) : number;
}

/**
 * The error that a reply without success stands for.
 *
 * @param name of the request, for the sentence
 */
export function errorOf(
  name: RequestName,
  { status, headers, text }: Reply,
  idempotencyKey: string | undefined,
): RefusalError | UnavailableError | UnexpectedReplyError {
  const facts = { ...factsOf(status, headers), idempotencyKey };
  const { code, sentence, ...more } = refusalOf(text);
  const known = codeOf(code) ?? (sentence === undefined ? undefined : GATEWAY_CODES.get(status));
  const message = `${name}: ${sentence ?? `status ${status}`}`;
  if (status >= 500) return new UnavailableError(message, { ...facts, code: codeOf(code) });
  if (status < 400) return new UnexpectedReplyError(`${name}: status ${status}`, facts);
  if (known !== undefined) {
    const retryAfterMs = retryAfterOf(headers);
    return new RefusalError(message, { ...facts, status, code: known, ...more, retryAfterMs });
  }
  return new UnexpectedReplyError(message, facts);
}

/** What a refusal says. */
interface Said {
  readonly code?: string;
  readonly sentence?: string;
  readonly details?: FieldProblem[];
  readonly firstTransactionId?: string;
  readonly firstWalletId?: bigint;
}

/** What a refusal says: in our envelope, or in the gateway's `{"message"}`. */
function refusalOf(text: string): Said {
  let body: Json;
  try {
    body = readJson(text);
  } catch {
    return {};
  }
  if (!isObject(body)) return {};
  const { payload, message } = body;
  if (payload === undefined || !isObject(payload))
    return typeof message === 'string' ? { sentence: message } : {};
  const { code, error, details, FirstTransactionId, FirstWalletId } = payload;
  return {
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof error === 'string' ? { sentence: error } : {}),
    ...(Array.isArray(details) ? { details: details.filter(isObject).map(problemOf) } : {}),
    ...(typeof FirstTransactionId === 'string' ? { firstTransactionId: FirstTransactionId } : {}),
    ...(typeof FirstWalletId === 'string' ? { firstWalletId: BigInt(FirstWalletId) } : {}),
  };
}

const problemOf = ({ field, error }: JsonObject): FieldProblem => ({
  field: typeof field === 'string' ? field : '',
  error: typeof error === 'string' ? error : '',
});

/** A code that a newer server invented still tells what it tells: the type is that of this version. */
const codeOf = (code: string | undefined): RefusalCode | undefined => code as RefusalCode | undefined;

/** Milliseconds of `Retry-After`, which is in seconds here; undefined if it is missing or a date. */
export function retryAfterOf(headers: Headers): number | undefined {
  const text = headers.get('retry-after') ?? '';
  return /^\d{1,6}$/.test(text) ? Number(text) * 1000 : undefined;
}

export function factsOf(status: number, headers: Headers): ErrorFacts & { readonly status: number } {
  return {
    status,
    correlationId: headers.get('x-correlation-id') ?? undefined,
    requestId: headers.get('apigw-requestid') ?? headers.get('x-amzn-requestid') ?? undefined,
  };
}

const isObject = (json: Json): json is JsonObject =>
  typeof json === 'object' && json !== null && !Array.isArray(json) && !(json instanceof JsonNumber);
