import * as z from 'zod';
import { MAX_TRANSFERS } from '../lib/accept/linked.ts';

/**
 * The mark of an amount or an id, true, of an amount that may be negative, or of a sum, which may have more than 64 bits and be signed, too: a description for languages that round JSON numbers has it as a string of digits. It is
 * removed from every description.
 */
export const EXACT = 'isExact';

const int64 = (description: string) =>
  z.bigint().meta({ type: 'integer', format: 'int64', [EXACT]: true, description });

export const amount = (what: string) => int64(`${what}, in millionths of a unit.`);
/** An amount that may be negative. */
export const signedAmount = (what: string) =>
  z.bigint().meta({
    type: 'integer',
    format: 'int64',
    [EXACT]: 'signed',
    description: `${what}, in millionths of a unit; negative where credit is used.`,
  });
export const walletId = (what = "A wallet's id.") => int64(what);
export const uuid = (description: string) => z.uuid().meta({ description });
export const integer = (description: string) =>
  z.int().meta({ type: 'integer', format: 'int32', description });
export const time = (what: string) => z.iso.datetime().meta({ description: `${what}, in UTC.` });
export const currency = z.string().meta({ description: 'The name of a currency.' });

/** The number of a transfer of a linked transaction; only of those. */
export const transferNumber = (description: string) =>
  z.int().min(1).max(MAX_TRANSFERS).meta({ description }).exactOptional();

const sumOf = (kind: 'sum' | 'signed sum', description: string) =>
  z.bigint().meta({ type: 'integer', [EXACT]: kind, description });

/** A sum of amounts. */
export const sum = (what: string) =>
  sumOf('sum', `${what}, in millionths of a unit; may have more than 64 bits.`);
/** One that may be negative. */
export const signedSum = (what: string) =>
  sumOf('signed sum', `${what}, in millionths of a unit; may have more than 64 bits.`);
