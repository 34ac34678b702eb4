import { createHash } from 'node:crypto';
import * as z from 'zod';
import { MAX_AMOUNT } from '../ledger/money.ts';
import { parseOrUndefined } from './json.ts';
import { time } from './time.ts';

/** Where a page of a search ended. */
export interface SearchCursor {
  /** What was searched for: see {@link searchPrint}. */
  readonly print: string;
  /** The last settled operation that was looked at, as time, wallet and position; null if none was. */
  readonly key: { readonly processedAt: string; readonly walletId: bigint; readonly position: bigint } | null;
  /** The last pending operation, or the last number of a list by numbers; 0 for none. */
  readonly id: bigint;
}

/** Characters of a print: enough to tell a caller's own searches apart, which is all that it is for. */
const PRINT_LENGTH = 12;

/** The longest cursor, in characters: four whole numbers and a time take less than half of it. */
const MAX_LENGTH = 400;

const BASE64URL = /^[\w-]+$/;
const number = z
  .string()
  .regex(/^(0|[1-9]\d{0,18})$/)
  .transform(BigInt)
  .refine((value) => value < MAX_AMOUNT);
const given = <T>(value: T | undefined): value is T => value !== undefined;
const key = z.tuple([time.refine(given).transform(String), number, number]);
const parts = z.tuple([z.string().max(PRINT_LENGTH), key.nullable(), number]);

/** A short text that differs for different searches, whatever order their parameters have. */
export function searchPrint(parameters: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, String(value)])
    .toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(entries)).digest('base64url').slice(0, PRINT_LENGTH);
}

/** A cursor as callers see it: they are not to look into it. */
export function formatSearchCursor({ print, key: place, id }: SearchCursor): string {
  const written = place && [place.processedAt, place.walletId.toString(), place.position.toString()];
  return Buffer.from(JSON.stringify([print, written, id.toString()])).toString('base64url');
}

/** @returns what {@link formatSearchCursor} was given, or undefined where this is none of its texts */
export function parseSearchCursor(text: string): SearchCursor | undefined {
  if (text.length > MAX_LENGTH || !BASE64URL.test(text)) return undefined;
  const parsed = parts.safeParse(parseOrUndefined(Buffer.from(text, 'base64url').toString()));
  if (!parsed.success) return undefined;
  const [print, place, id] = parsed.data;
  const [processedAt = '', walletId = 0n, position = 0n] = place ?? [];
  const read = { print, key: place && { processedAt, walletId, position }, id };
  return formatSearchCursor(read) === text ? read : undefined;
}

/** The cursor in a query. */
export const searchCursor = z
  .string()
  .transform((text, context): SearchCursor => {
    const parsed = parseSearchCursor(text);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: 'custom', message: 'must be the Next of an earlier page' });
    return z.NEVER;
  })
  .meta({ type: 'string', pattern: BASE64URL.source, maxLength: MAX_LENGTH });
