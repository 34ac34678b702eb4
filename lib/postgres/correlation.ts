import type { Fragment } from 'postgres';
import type { Statements } from './database.ts';

/*
 * How correlation ids are stored with operations: not at all if they follow from the transaction's own id, as those of requests
 * that brought none do (lib/wire/request-ids.ts).
 */

/**
 * What to store as the correlation id of an operation.
 *
 * @param correlationId a part of a statement, or the id itself
 * @param transactionId a part of a statement: that of its transaction, as a uuid
 */
export const storedCorrelation = (
  sql: Statements,
  correlationId: Fragment | string,
  transactionId: Fragment,
): Fragment => sql`nullif(${correlationId}, correlation_of(NULL, ${transactionId}))`;

/** The correlation id of a row of `pending_operations` or `operations`. */
export const correlationOf = (sql: Statements): Fragment =>
  sql`correlation_of(correlation_id, transaction_id)`;
