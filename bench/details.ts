import type { Sql } from '../lib/postgres/database.ts';

/** Every so manieth operation of a generated journal is of a transaction with details. */
export const WITH_DETAILS = 100;

/** Wallets of one owner. */
export const OWNED = 10;

/** Values that the metadata have in all. */
export const VALUES = 1_000;

/**
 * Gives the transactions of a journal whose operations say so references and metadata, and all wallets an owner and a reference. There
 * are no statistics of them yet.
 */
export async function addDetails(sql: Sql): Promise<void> {
  await sql.unsafe(`
    SET statement_timeout = 0;
    SET transaction_timeout = 0;
    INSERT INTO transaction_details (transaction_id, owner, reference, metadata)
    SELECT transaction_id, '', 'order-' || id, json_build_object('customer', 'c-' || id / ${WITH_DETAILS} % ${VALUES})
    FROM operations WHERE has_details;
    INSERT INTO wallet_details (wallet_id, owner, owner_id, reference)
    SELECT id, '', 'holder-' || id / ${OWNED}, 'account-' || id FROM wallets;
    RESET statement_timeout;
    RESET transaction_timeout`);
}
