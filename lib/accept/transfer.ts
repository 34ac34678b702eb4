import type { Statements } from '../postgres/database.ts';
import { currencyNotAllowed, noWallet, ok, type Result, refused } from '../wire/refusal.ts';
import { type Accepted, type Identity, recorded } from './accepted.ts';

export interface Receipt {
  readonly WalletId: bigint;
  /** Millionths of a unit of Currency. */
  readonly Amount: bigint;
  readonly Currency: string;
}

export interface Transfer {
  readonly OriginWalletId: bigint;
  readonly TargetWalletId: bigint;
  /** Millionths of a unit of Currency, which may be neither wallet's. */
  readonly Amount: bigint;
  readonly Currency: string;
}

interface AcceptedRow {
  readonly group: number | null;
  readonly targetExists: boolean;
  readonly operationId: bigint | null;
}

/**
 * Records money in from outside as a pending operation, and checks wallet and currency, in one statement.
 *
 * @returns a refusal where the wallet or the currency is unknown; nothing is recorded then
 */
export async function acceptReceipt(
  tx: Statements,
  receipt: Receipt,
  identity: Identity,
): Promise<Result<Accepted>> {
  const { WalletId, Amount, Currency } = receipt;
  const [row] = await tx<AcceptedRow[]>`
    WITH wallet AS (
      SELECT id, wallet_group FROM wallets WHERE id = ${WalletId}
    ), operation AS (
      INSERT INTO operations (transaction_id, leg, wallet_id, amount, currency, correlation_id)
      SELECT ${identity.transactionId}::uuid, 'receipt', wallet.id, ${Amount}, name, ${identity.correlationId}
      FROM wallet, currencies WHERE name = ${Currency} AND withdrawn_at IS NULL
      RETURNING id
    )
    SELECT (SELECT wallet_group FROM wallet) AS group, (SELECT id FROM operation) AS "operationId"`;
  if (row?.group == null) return noWallet(WalletId);
  if (row.operationId === null) return currencyNotAllowed();
  return ok(recorded(WalletId, row.group, row.operationId, identity));
}

/**
 * Records a transfer as the origin's pending debit, and checks both wallets and the currency, in one statement.
 *
 * @returns a refusal where a wallet or the currency is unknown, or origin and target are one; nothing is recorded then
 */
export async function acceptTransfer(
  tx: Statements,
  transfer: Transfer,
  identity: Identity,
): Promise<Result<Accepted>> {
  const { OriginWalletId, TargetWalletId, Amount, Currency } = transfer;
  if (OriginWalletId === TargetWalletId) {
    return refused('same_wallet', 'OriginWalletId and TargetWalletId must be two different wallets');
  }
  const [row] = await tx<AcceptedRow[]>`
    WITH origin AS (
      SELECT id, wallet_group FROM wallets WHERE id = ${OriginWalletId}
    ), target AS (
      SELECT id FROM wallets WHERE id = ${TargetWalletId}
    ), operation AS (
      INSERT INTO operations (transaction_id, leg, wallet_id, counterparty_id, amount, currency, correlation_id)
      SELECT ${identity.transactionId}::uuid, 'debit', origin.id, target.id, ${Amount}, name, ${identity.correlationId}
      FROM origin, target, currencies WHERE name = ${Currency} AND withdrawn_at IS NULL
      RETURNING id
    )
    SELECT (SELECT wallet_group FROM origin) AS group, EXISTS (SELECT FROM target) AS "targetExists",
      (SELECT id FROM operation) AS "operationId"`;
  if (row?.group == null) return noWallet(OriginWalletId);
  if (!row.targetExists) return noWallet(TargetWalletId);
  if (row.operationId === null) return currencyNotAllowed();
  return ok(recorded(OriginWalletId, row.group, row.operationId, identity));
}
