import type { Fragment } from 'postgres';
import type { Statements } from '../postgres/database.ts';
import { DETAILS, type Details } from '../wire/details.ts';
import { stringifyJson } from '../wire/json.ts';

/**
 * The advisory lock that dealing a number of `transaction_details` shares: who takes it for itself sees every number dealt so far.
 */
export const NEW_NUMBERS = 8_151_624;

/** What is recorded with a transaction. */
export interface Noted {
  readonly transactionId: string;
  /** The owner of the API key, within which a reference is unique. */
  readonly owner: string;
}

/** Whether anything was given. */
export const hasDetails = (details: Details): boolean => DETAILS.some((name) => details[name] !== undefined);

/** Metadata as it is kept: a text of JSON. */
export const metadataText = ({ Metadata }: Details): string | null =>
  Metadata === undefined ? null : stringifyJson(Metadata);

/**
 * What a statement that records a transaction has besides if details were given. Each part is empty if none were, so that the
 * text of a plain request's statement stays as short as it is.
 */
export interface DetailParts {
  /** A part of the WITH list, with a comma behind it: `first`, the transaction that has the reference. */
  readonly first: Fragment;
  /** A part of a WHERE that is true if the reference is free. */
  readonly isFree: Fragment;
  /** A part of the WITH list, with a comma before it: keeps the details, if `source` has a row. */
  readonly kept: (source: Fragment) => Fragment;
  /** A column of pending_operations and its value, each with a comma before it. */
  readonly column: Fragment;
  readonly value: Fragment;
  /** A column of the result, with a comma before it: {@link FirstRow}. */
  readonly answer: Fragment;
}

/** Which transaction has the reference already: null if none has it, undefined if none was given. */
export interface FirstRow {
  readonly firstId?: string | null;
}

/**
 * The parts for one transaction. Of two with the same reference at once, the second waits for the first one's commit, and fails
 * as a whole: it is tried again then, and finds the first (lostRace in lib/postgres/errors.ts).
 */
export function detailParts(sql: Statements, details: Details, noted: Noted): DetailParts {
  if (!hasDetails(details)) {
    const none = sql``;
    return { first: none, isFree: none, kept: () => none, column: none, value: none, answer: none };
  }
  const { transactionId, owner } = noted;
  const { Reference = null, Description = null } = details;
  return {
    first: sql`first AS (
      SELECT transaction_id FROM transaction_details WHERE reference = ${Reference} AND owner = ${owner}
    ), `,
    isFree: sql`AND NOT EXISTS (SELECT FROM first)`,
    kept: (source) => sql`, detail AS (
      INSERT INTO transaction_details (transaction_id, owner, reference, description, metadata)
      SELECT ${transactionId}::uuid, ${owner}, ${Reference}, ${Description}, ${metadataText(details)}::text::json
      FROM (SELECT ${turn(sql)} FROM ${source} OFFSET 0) AS ready
    )`,
    column: sql`, has_details`,
    value: sql`, true`,
    answer: sql`, (SELECT transaction_id FROM first) AS "firstId"`,
  };
}

/** Takes the shared lock: a column of a sub-select before the rows whose numbers are dealt. */
export const turn = (sql: Statements): Fragment => sql`pg_advisory_xact_lock_shared(${NEW_NUMBERS}) AS turn`;
