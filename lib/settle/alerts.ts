import { type Edge, isCrossed } from '../ledger/alert.ts';
import { known } from '../ledger/known.ts';
import type { NewEvent } from '../messaging/outbox.ts';
import { array, type Tx } from '../postgres/database.ts';
import type { LockedWallet } from './locks.ts';
import type { ChainedOperation } from './writes.ts';

interface Alert extends Edge {
  readonly id: string;
  readonly walletId: bigint;
}

/** Finds what settled operations crossed: to be given all operations of a transaction, in their order. */
export type Watch = (operations: readonly ChainedOperation[]) => NewEvent[];

const WATCHES_NOTHING: Watch = () => [];

/**
 * Watches the alerts of locked wallets: read under their locks, as every alert is added and removed. Wallets without alerts cost no
 * statement.
 *
 * @param wallets as they are before the operations
 */
export async function watchAlerts(tx: Tx, wallets: readonly LockedWallet[]): Promise<Watch> {
  const watched = wallets.filter(({ rules }) => rules.hasAlerts);
  if (watched.length === 0) return WATCHES_NOTHING;
  const alerts = await tx<Alert[]>`
    SELECT id, wallet_id AS "walletId", direction, threshold FROM wallet_alerts
    WHERE wallet_id = ANY (${array(watched.map(({ id }) => id))}::bigint[]) ORDER BY wallet_id, id`;
  const byWallet = Map.groupBy(alerts, ({ walletId }) => walletId);
  const balances = new Map(watched.map(({ id, balance }) => [id, balance]));
  const currencies = new Map(watched.map(({ id, currency }) => [id, currency]));
  return (operations) =>
    operations.flatMap((operation) => {
      const { walletId, balanceAfter } = operation;
      const before = balances.get(walletId);
      if (before === undefined || balanceAfter === null) return [];
      balances.set(walletId, balanceAfter);
      const currency = known(currencies.get(walletId), `currency of wallet ${walletId}`);
      return (byWallet.get(walletId) ?? [])
        .filter((alert) => isCrossed(alert, before, balanceAfter))
        .map((alert) => eventOf(alert, operation, balanceAfter, currency));
    });
}

function eventOf(
  alert: Alert,
  { walletId, position, transactionId, correlationId }: ChainedOperation,
  balance: bigint,
  currency: string,
): NewEvent {
  const detail = {
    Version: 1 as const,
    CorrelationId: correlationId,
    AlertId: alert.id,
    WalletId: walletId.toString(),
    Direction: alert.direction,
    Threshold: alert.threshold.toString(),
    Balance: balance.toString(),
    Currency: currency,
    Position: position.toString(),
    TransactionId: transactionId,
  };
  return { type: 'BalanceCrossed', detail };
}
