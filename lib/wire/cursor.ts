import * as z from 'zod';
import { integerText, time } from './fields.ts';
import { parseOrUndefined } from './json.ts';

/** Where a page of operations ended. It names its wallet and period, so it can't be taken for another list's. */
export interface Cursor {
  readonly walletId: bigint;
  /** The period's bounds, in RFC 3339. */
  readonly from: string;
  readonly to: string;
  /** The page's last operation, by when it was recorded and its id. */
  readonly createdAt: string;
  readonly id: bigint;
}

/** The longest cursor, in characters: two whole numbers and three times take less than half of it. */
const MAX_LENGTH = 400;

const BASE64URL = /^[\w-]+$/;

const given = <T>(value: T | undefined): value is T => value !== undefined;
const moment = time.refine(given).transform(String);
const fields = z.tuple([integerText, moment, moment, moment, integerText]);

/** A cursor as callers see it: they are not to look into it. */
export function formatCursor({ walletId, from, to, createdAt, id }: Cursor): string {
  const parts = [walletId.toString(), from, to, createdAt, id.toString()];
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** @returns what {@link formatCursor} was given, or undefined where this is none of its texts */
export function parseCursor(text: string): Cursor | undefined {
  if (text.length > MAX_LENGTH || !BASE64URL.test(text)) return undefined;
  const parsed = fields.safeParse(parseOrUndefined(Buffer.from(text, 'base64url').toString()));
  if (!parsed.success) return undefined;
  const [walletId, from, to, createdAt, id] = parsed.data;
  const read = { walletId, from, to, createdAt, id };
  return formatCursor(read) === text ? read : undefined;
}

/** The cursor in a query. */
export const cursor = z.string().transform((text, context): Cursor => {
  const parsed = parseCursor(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: 'must be the Next of an earlier page' });
  return z.NEVER;
});
