import { NO_TRANSACTION } from '../ledger/id.ts';
import { array, type Statements } from '../postgres/database.ts';
import { readTransactions, type TransactionView } from './transaction.ts';

/** A wallet as it would be; amounts are millionths of a unit of Currency. */
export interface TriedWallet {
  readonly WalletID: bigint;
  readonly Currency: string;
  readonly Balance: bigint;
  readonly Available: bigint;
}

/** What became of requests that were tried out. */
export interface TriedOut {
  /** By the ids of the transactions, which are not told: nobody will find them. */
  readonly outcomes: ReadonlyMap<string, TransactionView>;
  readonly wallets: readonly TriedWallet[];
}

/**
 * Reads what became of transactions that are about to be undone, and how their wallets would be.
 *
 * @param tx under the wallets' locks, in which what is over of their holds was settled
 */
export async function showDryRun(
  tx: Statements,
  transactionIds: readonly string[],
  walletIds: readonly bigint[],
): Promise<TriedOut> {
  const transactions = await readTransactions(tx, transactionIds);
  const wallets = await tx<{ id: bigint; currency: string; balance: bigint; available: bigint }[]>`
    SELECT id, currency, balance, balance - held + credit_limit AS available FROM wallets WHERE id = ANY (${array(new Set(walletIds))}::bigint[]) ORDER BY id`;
  return {
    outcomes: new Map(Array.from(transactions, ([id, transaction]) => [id, anonymous(transaction)])),
    wallets: wallets.map(({ id, currency, balance, available }) => ({
      ...{ WalletID: id, Currency: currency, Balance: balance, Available: available },
    })),
  };
}

const anonymous = (transaction: TransactionView): TransactionView => ({
  ...transaction,
  TransactionId: NO_TRANSACTION,
  Operations: transaction.Operations.map((operation) => ({ ...operation, TransactionId: NO_TRANSACTION })),
});
