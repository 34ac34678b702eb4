import * as z from 'zod';
import { MAX_AMOUNT } from '../lib/ledger/money.ts';
import { rawNumber } from '../lib/wire/json.ts';
import { EXACT } from './field-schemas.ts';
import type { Amounts } from './openapi.ts';

type Json = Record<string, unknown>;

/** What zod has made of a schema, to be changed in place. */
interface Context {
  readonly zodSchema: unknown;
  readonly jsonSchema: object;
  readonly io: 'input' | 'output';
}

const MAX_INT32 = 2 ** 31 - 1;

/** Digits of a 64-bit integer. */
const DIGITS = '^[0-9]{1,19}$';
const SIGNED_DIGITS = '^-?[0-9]{1,19}$';
const SIGNLESS_DIGITS = '^[0-9]+$';
const SUM_DIGITS = '^-?[0-9]+$';

/**
 * Completes what zod makes of a field: its own schema stands in its metadata, and it is a field's own affair whether it may be
 * left out, since a missing one has a sentence of its own.
 *
 * @param isStrict whether a reply may have no other fields
 */
export function fieldSchema(
  { zodSchema, jsonSchema, io }: Context,
  amounts: Amounts,
  isStrict: boolean,
): void {
  const json = jsonSchema as Json;
  if (zodSchema instanceof z.ZodObject && io === 'input') {
    const required = Object.entries(zodSchema.shape as Record<string, z.ZodType>)
      .filter(([, field]) => isRequired(field))
      .map(([name]) => name);
    if (required.length > 0) json['required'] = required;
    else delete json['required'];
  }
  if (json[EXACT] === 'sum' || json[EXACT] === 'signed sum' || json[EXACT] === false) delete json['format'];
  if (amounts === 'string' && isExact(json)) asDigits(json);
  if (isSmall(json)) json['format'] = 'int32';
  const { default: byDefault } = (z.globalRegistry.get(zodSchema as z.ZodType) ?? {}) as Json;
  if (byDefault !== undefined) json['default'] = byDefault;
  // The bounds of JavaScript's numbers are no news.
  if (json['minimum'] === Number.MIN_SAFE_INTEGER)
    for (const bound of ['minimum', 'maximum']) delete json[bound];
  // A field's own type says it all, and so does a format: the pattern of a UUID or of a time is long, and no better.
  if (json['type'] !== undefined) delete json['anyOf'];
  if (json['format'] !== undefined) delete json['pattern'];
  if (zodSchema instanceof z.ZodUnion && zodSchema.options.every(isObject)) asOneOf(json);
  // A reply may have more fields one day, and no client should break by it.
  if (io === 'output' && !isStrict && json['additionalProperties'] === false)
    delete json['additionalProperties'];
  delete json[EXACT];
  delete json['isOptional'];
}

function isRequired(field: z.ZodType): boolean {
  if (field instanceof z.ZodOptional) return false;
  const meta = z.globalRegistry.get(field) as Json | undefined;
  return meta?.['isOptional'] !== true && meta?.['default'] === undefined;
}

const isObject = (option: unknown): boolean => option instanceof z.ZodObject;

/**
 * Each object has a required field that the others do not have, so a value is exactly one of them; some generators of clients
 * take no `anyOf` of objects.
 */
function asOneOf(json: Json): void {
  if (json['anyOf'] === undefined) return;
  json['oneOf'] = json['anyOf'];
  delete json['anyOf'];
}

/** A request's integers of 64 bits are amounts and ids, all of them. */
const isExact = (json: Json): boolean =>
  json['type'] === 'integer' &&
  (json[EXACT] !== undefined ? json[EXACT] !== false : json['format'] === 'int64');

/** Without a format, some languages' generators take 32 bits for granted and others 64: what has a bound says which. */
const isSmall = (json: Json): boolean =>
  json['type'] === 'integer' && json['format'] === undefined && Number(json['maximum']) <= MAX_INT32;

function patternOf(json: Json): string {
  if (json[EXACT] === 'signed') return SIGNED_DIGITS;
  if (json[EXACT] === 'signed sum') return SUM_DIGITS;
  return json['format'] === 'int64' ? DIGITS : SIGNLESS_DIGITS;
}

function asDigits(json: Json): void {
  json['type'] = 'string';
  json['pattern'] = patternOf(json);
  for (const keyword of ['format', 'minimum', 'maximum']) delete json[keyword];
}

/** The largest amount, as a number that JavaScript rounds. */
const ROUNDED_MAX = Number(MAX_AMOUNT);

/** A document as JSON text; the largest amount, and the one as far below zero, get their digits back. */
export const documentText = (document: unknown): string =>
  `${JSON.stringify(document, (_key, value: unknown) => withDigits(value), 2)}\n`;

function withDigits(value: unknown): unknown {
  if (value === ROUNDED_MAX) return rawNumber(MAX_AMOUNT.toString());
  return value === -ROUNDED_MAX ? rawNumber((-MAX_AMOUNT).toString()) : value;
}
