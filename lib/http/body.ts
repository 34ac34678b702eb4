import { isUtf8 } from 'node:buffer';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { isJsonObject, isRawNumber } from '../wire/json.ts';
import { DoubledNameError, parseJson } from '../wire/parse-json.ts';
import { ok, type Result, refused } from '../wire/refusal.ts';

/** The largest body of most requests, in bytes. */
const MAX_BODY_BYTES = 64 * 1024;

/** Characters of a header that a reply repeats. */
const MAX_SHOWN_CHARACTERS = 40;

/** The charset of a Content-Type, of each if there are several. */
const CHARSETS = /;\s*charset\s*=\s*"?([^";,\s]+)/gi;

/** Charsets whose every text is UTF-8. */
const UTF_8 = /^(utf-?8|us-ascii)$/i;

const BYTE_ORDER_MARK = '\u{feff}';

/** What stands in a text for bytes that could not be decoded: API Gateway puts it into a body that is not UTF-8. */
const REPLACEMENT = '\u{fffd}';

/** The sentence that callers know; what is wrong follows it. */
const NO_OBJECT = 'the body must be a JSON object';

/**
 * Reads a request's body, with numbers as text.
 *
 * @param isOptional whether no body at all is an empty object, because the path says what is requested
 */
export function readBody(
  event: APIGatewayProxyEventV2,
  maxBytes = MAX_BODY_BYTES,
  isOptional = false,
): Result<object> {
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > maxBytes) {
    return refused('body_too_large', `the body has ${bytes.length} bytes; at most ${maxBytes} are taken`);
  }
  if (bytes.length === 0) return isOptional ? ok({}) : refused('invalid_json', `${NO_OBJECT}, and is empty`);
  const text = decode(event.headers, bytes);
  return text.ok ? parseObject(text.value) : text;
}

function decode(headers: APIGatewayProxyEventV2['headers'], bytes: Buffer): Result<string> {
  const codings = (headers['content-encoding'] ?? '').split(',').map((coding) => coding.trim());
  const coding = codings.find((each) => each !== '' && each.toLowerCase() !== 'identity');
  if (coding !== undefined) {
    const error = `Content-Encoding ${shown(coding)} is not taken: send the body as it is, which is identity`;
    return refused('unsupported_encoding', error);
  }
  const charsets = [...(headers['content-type'] ?? '').matchAll(CHARSETS)].map(([, charset = '']) => charset);
  const charset = charsets.find((each) => !UTF_8.test(each));
  if (charset !== undefined)
    return refused('invalid_json', `the body must be UTF-8, not ${shown(charset)} as its Content-Type says`);
  const text = isUtf8(bytes) ? bytes.toString('utf8') : REPLACEMENT;
  if (text.includes(REPLACEMENT))
    return refused('invalid_json', 'the body must be UTF-8; if U+FFFD is meant, write it as \\ufffd');
  return ok(text.startsWith(BYTE_ORDER_MARK) ? text.slice(BYTE_ORDER_MARK.length) : text);
}

const shown = (text: string): string => JSON.stringify(text.slice(0, MAX_SHOWN_CHARACTERS));

function parseObject(text: string): Result<object> {
  try {
    const value = parseJson(text);
    return isJsonObject(value) ? ok(value) : refused('invalid_json', `${NO_OBJECT}, not ${kindOf(value)}`);
  } catch (error) {
    if (error instanceof DoubledNameError) return refused('invalid_field', error.message);
    if (error instanceof SyntaxError || error instanceof RangeError)
      return refused('invalid_json', `${NO_OBJECT}: ${error.message}`);
    throw error;
  }
}

/** The value's type alone: what a caller sends where an object should be may be a secret. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (isRawNumber(value)) return 'a number';
  return typeof value === 'string' ? 'a string' : String(value);
}
