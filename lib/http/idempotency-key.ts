import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { ok, type Result, refused } from '../wire/refusal.ts';

const VISIBLE = /^[\x21-\x7e]{1,255}$/;

/** A string of RFC 8941, the form in which the IETF's draft has keys. */
const QUOTED = /^"((?:[^"\\]|\\["\\])*)"$/;
const QUOTE_AT_AN_END = /^"|"$/;

/**
 * Reads the Idempotency-Key. In quotes it is the same key as without them. More than one is refused: gateways join two lines
 * of a header by a comma, and a repeat with the first of them would be another request.
 *
 * @returns undefined if there is none
 */
export function readIdempotencyKey(headers: APIGatewayProxyEventV2['headers']): Result<string | undefined> {
  const header = headers['idempotency-key'];
  if (header === undefined) return ok(undefined);
  if (header.includes(','))
    return refused('invalid_idempotency_key', 'there must be one Idempotency-Key, and no comma in it');
  const key = QUOTED.exec(header)?.[1]?.replaceAll(/\\(.)/g, '$1') ?? header;
  const isTaken = VISIBLE.test(key) && (key !== header || !QUOTE_AT_AN_END.test(header));
  return isTaken
    ? ok(key)
    : refused('invalid_idempotency_key', 'Idempotency-Key must be 1 to 255 visible ASCII characters');
}
