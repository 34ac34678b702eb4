import type { Sql } from '../lib/postgres/database.ts';
import { listOperations } from '../lib/reports/operations.ts';
import type { TransactionFilter } from '../lib/reports/search-filter.ts';
import { searchTransactions } from '../lib/reports/transaction-search.ts';
import { searchWallets, type WalletFilter } from '../lib/wallets/wallet-search.ts';
import type { Result } from '../lib/wire/refusal.ts';
import { OWNED, VALUES, WITH_DETAILS } from './details.ts';

/** Transactions and wallets on a page: what the lists give by default. */
export const PAGE_OF_SEARCH = 100;

/** A moment before the first operation of any journal. */
export const BEGINNING = '2000-01-01T00:00:00Z';

/** A wallet of a journal, and the id of one of its operations. */
export interface Place {
  readonly walletId: bigint;
  readonly operationId: bigint;
}

/** A page of each search, of a wallet or a transaction all over the journal. */
export function searches(sql: Sql): Readonly<Record<string, (place: Place) => Promise<Result<unknown>>>> {
  const transactions =
    (filterOf: (place: Place) => TransactionFilter, order: 'asc' | 'desc' = 'desc') =>
    (place: Place) =>
      searchTransactions(sql, filterOf(place), { order, limit: PAGE_OF_SEARCH, after: undefined });
  const wallets = (filterOf: (place: Place) => WalletFilter) => (place: Place) =>
    searchWallets(sql, filterOf(place), 0n, PAGE_OF_SEARCH);
  const newest = { order: 'desc', offset: 0, limit: PAGE_OF_SEARCH, after: undefined } as const;
  return {
    'operations, newest first': ({ walletId }) =>
      listOperations(sql, { walletId, from: BEGINNING, to: undefined }, newest),
    "a wallet's transactions, newest first": transactions(({ walletId }) => ({ wallet: walletId })),
    "a wallet's transactions, oldest first": transactions(({ walletId }) => ({ wallet: walletId }), 'asc'),
    "a wallet's transactions, none of which is of the kind": transactions(({ walletId }) => ({
      wallet: walletId,
      kind: 'payout',
    })),
    "an owner's transactions": transactions(({ walletId }) => ({ owner: ownerOf(walletId) })),
    "an owner's transactions by amount, none of which has it": transactions(({ walletId }) => ({
      owner: ownerOf(walletId),
      amountFrom: 2_000_000n,
    })),
    'a transaction by its reference': transactions(({ operationId }) => ({
      reference: `order-${operationId - (operationId % BigInt(WITH_DETAILS))}`,
    })),
    'transactions by a pair of metadata': transactions(({ operationId }) => ({
      metadataName: 'customer',
      metadataValue: `c-${operationId % BigInt(VALUES)}`,
    })),
    "an owner's wallets": wallets(({ walletId }) => ({ owner: ownerOf(walletId) })),
    'a wallet by its reference': wallets(({ walletId }) => ({ reference: `account-${walletId}` })),
    'wallets by status, none of which has it': wallets(() => ({ status: 'closed' })),
  };
}

const ownerOf = (walletId: bigint): string => `holder-${walletId / BigInt(OWNED)}`;
