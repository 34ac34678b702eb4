import type { Fragment } from 'postgres';
import type { Statements } from '../postgres/database.ts';

/** What is checked, and the sentence that holds if a check finds nothing. */
export const CHECKS = {
  balances: "each wallet's balance is what its settled operations add up to",
  'last balances': "each wallet's balance is the one after its last success",
  'balances after': 'each success leaves the balance before it, plus what came in or less what went out',
  positions: "each wallet's settled operations are numbered from 1 to its chain's length",
  'chain ends': "each wallet's row has the hash, the time and the count of its last operation",
  'times of booking': 'no operation was booked before the previous one of its wallet',
  unlisted: 'each operation counts those of its wallet that no report lists',
  'settled once': 'no leg is both pending and settled',
  'checked before': 'what was checked before still has the hash that it had then',
  held: 'each wallet holds back what its active holds reserve',
  credit: 'no wallet spent or reserved more than its money and the credit that it had',
  states: 'nothing succeeded against the state of its wallet at that time',
  limits: 'each success kept to the limits that its wallet had',
  spent: 'each limited wallet counts what left it on its last day and in its month',
  rules: "each wallet's state and limits are those of its last change",
  'room for returns': 'each wallet keeps room for what may still come back to it',
  wallets: 'each operation is of a wallet that is there',
  'zero sums': "each currency's double entries sum to zero",
  'money in transit': 'what left its origin is pending as a credit or a return, and nothing else is',
  'money totals': 'what settling added up by currency is what the wallets have and what is in transit',
  beginnings: 'each transaction begins with one leg',
  credits: 'each debit and capture that succeeded has its credit, and no other credit is there',
  returns: 'each declined credit has its return of exactly what was taken, and no other return is there',
  'linked transactions':
    'each linked transaction has all its legs, with one status, and each of its transfers both its ends',
  conversions:
    'each amount is converted at the rates applied, rounded down where it came in and up where it went out',
  rates: 'each rate applied is one that its currency had',
  refunds: "what counts as refunded is what a transaction's refunds add up to, and no more than was paid",
  holds: 'each hold is as its operations left it, and no more than it allows was captured of it',
  captures: "what captures took of a hold is their sum at the hold's rates, rounded up once",
  details:
    'each transaction has its reference, description and metadata if its operations say so, and only then',
} as const;

export type CheckName = keyof typeof CHECKS;

/**
 * A row that a check finds: what is off, and where. Its statement has these columns in this order: name, wallet_id,
 * transaction_id, operation_id, expected, actual.
 */
export interface FoundRow {
  readonly name: CheckName;
  readonly walletId: bigint | null;
  readonly transactionId: string | null;
  readonly operationId: bigint | null;
  /** The two sides that should be equal. */
  readonly expected: string;
  readonly actual: string;
}

/**
 * A statement that finds the rows of one or more checks in one pass over the tables: no query per row. It reads the
 * relations of lib/books/scope.ts, which hold everything or a portion of it. What may be off with a row is a UNION ALL of
 * SELECTs: PostgreSQL would prepare the expressions of VALUES anew for each row, which takes ten times as long. VALUES stand only
 * behind a condition that no row fulfils of which nothing is off.
 */
export type Check = (sql: Statements) => Fragment;
