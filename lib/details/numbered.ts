import { MAX_ID } from '../ledger/id.ts';
import { runTx, type Sql, type Statements } from '../postgres/database.ts';
import { NEW_NUMBERS } from './record.ts';

/** What transactions are found by; one of the two is given. */
interface Searched {
  readonly reference?: string | undefined;
  readonly metadataName?: string | undefined;
  readonly metadataValue?: string | undefined;
}

/** A transaction with the number of its details. */
export interface Numbered {
  readonly transactionId: string;
  readonly number: bigint;
}

/** Transactions that one look finds, at most. */
export const MAX_NUMBERED = 1_000;

/** Part of what is asked for. */
export interface NumberedPart {
  readonly isDescending: boolean;
  /** Only those with a larger number, or a smaller one if they come the newest first; 0 for all. */
  readonly after: bigint;
}

/** Transactions in the order of their numbers, or against it, and the number to go on from once all of them were told. */
export interface Found {
  readonly found: readonly Numbered[];
  readonly end: bigint;
}

/** Seconds after which a row has no uncommitted one with a smaller number: each of the two transactions ends within 9 s. */
const FINAL_SECONDS = 20;

/**
 * Reads the transactions with a reference or a pair of metadata, by the numbers of their details or against them.
 *
 * Numbers are dealt before their transactions are committed, so one may become visible after a larger one. Where the last row is so
 * young that this may be, it is read again while nobody deals one: so whoever goes on from there misses none.
 *
 * @returns {@link MAX_NUMBERED} at most
 */
export async function readNumbered(
  sql: Sql,
  searched: Searched,
  { isDescending, after }: NumberedPart,
): Promise<Found> {
  const first = await read(sql, searched, isDescending, after);
  const isFinal = isDescending || first.at(-1)?.isFinal !== false;
  const found = isFinal ? first : await readAlone(sql, searched, after);
  return { found, end: found.at(-1)?.number ?? after };
}

/** Reads while nobody deals a number. */
const readAlone = async (sql: Sql, searched: Searched, after: bigint) =>
  await runTx(sql, async (tx) => {
    await tx`SELECT pg_advisory_xact_lock(${NEW_NUMBERS})`;
    return await read(tx, searched, false, after);
  });

async function read(
  sql: Statements,
  { reference, metadataName = '', metadataValue = '' }: Searched,
  isDescending: boolean,
  after: bigint,
): Promise<(Numbered & { isFinal: boolean })[]> {
  const direction = isDescending ? sql`DESC` : sql`ASC`;
  const bound = isDescending
    ? sql`number < ${after === 0n ? MAX_ID : after}::bigint`
    : sql`number > ${after}::bigint`;
  const found =
    reference === undefined
      ? sql`
        SELECT transaction_id, number FROM transaction_metadata
        WHERE pair = metadata_pair(${metadataName}, ${metadataValue}) AND ${bound}
        ORDER BY pair ${direction}, number ${direction} LIMIT ${MAX_NUMBERED}`
      : sql`
        SELECT transaction_id, number FROM transaction_details
        WHERE reference = ${reference} AND ${bound} ORDER BY number ${direction} LIMIT ${MAX_NUMBERED}`;
  return await sql<(Numbered & { isFinal: boolean })[]>`
    SELECT found.transaction_id AS "transactionId", found.number, (
        SELECT created_at < now() - make_interval(secs => ${FINAL_SECONDS}) FROM transaction_details AS details
        WHERE details.transaction_id = found.transaction_id
      ) AS "isFinal"
    FROM (${found}) AS found ORDER BY number ${direction}`;
}
