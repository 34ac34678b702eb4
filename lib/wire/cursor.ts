import * as z from 'zod';
import { MAX_AMOUNT } from '../ledger/money.ts';
import { integerText } from './fields.ts';
import { parseOrUndefined } from './json.ts';
import { time } from './time.ts';

/** Where a page of operations ended. It names its wallet and period, so it can't be taken for another list's. */
export interface Cursor {
  readonly walletId: bigint;
  /** The period's bounds, in RFC 3339. */
  readonly from: string;
  /** Null if the list has no end. */
  readonly to: string | null;
  /** Whether the list begins with the newest. */
  readonly isDescending: boolean;
  /**
   * The last position read, or the last one before the period. Newest first: the smallest one read, or null as long as none was, and
   * the page was full of pending operations.
   */
  readonly position: bigint | null;
  /** The last pending operation read; 0 for none. */
  readonly pendingId: bigint;
}

/** The longest cursor, in characters: three whole numbers, two times and an order take less than half of it. */
const MAX_LENGTH = 400;

const BASE64URL = /^[\w-]+$/;

const given = <T>(value: T | undefined): value is T => value !== undefined;
const moment = time.refine(given).transform(String);
/** Less than the largest number, so that one more is a number too. */
const numberOrZero = z
  .string()
  .regex(/^(0|[1-9]\d{0,18})$/)
  .transform(BigInt)
  .refine((number) => number < MAX_AMOUNT);
const oldestFirst = z.tuple([integerText, moment, moment.nullable(), numberOrZero, numberOrZero]);
const newestFirst = z.tuple([
  integerText,
  moment,
  moment.nullable(),
  numberOrZero.nullable(),
  numberOrZero,
  z.literal('desc'),
]);

/** A cursor as callers see it: they are not to look into it. */
export function formatCursor({ walletId, from, to, isDescending, position, pendingId }: Cursor): string {
  const parts = [walletId.toString(), from, to, position?.toString() ?? null, pendingId.toString()];
  if (isDescending) parts.push('desc');
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** @returns what {@link formatCursor} was given, or undefined where this is none of its texts */
export function parseCursor(text: string): Cursor | undefined {
  if (text.length > MAX_LENGTH || !BASE64URL.test(text)) return undefined;
  const parts = parseOrUndefined(Buffer.from(text, 'base64url').toString());
  const parsed = z.union([oldestFirst, newestFirst]).safeParse(parts);
  if (!parsed.success) return undefined;
  const [walletId, from, to, position, pendingId, order] = parsed.data;
  const read = { walletId, from, to, isDescending: order === 'desc', position, pendingId };
  return formatCursor(read) === text ? read : undefined;
}

/** The cursor in a query. */
export const cursor = z
  .string()
  .transform((text, context): Cursor => {
    const parsed = parseCursor(text);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: 'custom', message: 'must be the Next of an earlier page' });
    return z.NEVER;
  })
  .meta({ type: 'string', pattern: BASE64URL.source, maxLength: MAX_LENGTH });
