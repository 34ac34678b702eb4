import { createHash } from 'node:crypto';

/** What of a settled operation its hash covers: all that must not change unseen. Times are the database's text. */
export interface ChainLink {
  readonly walletId: bigint;
  readonly position: bigint;
  readonly id: bigint;
  readonly transactionId: string;
  readonly leg: string;
  readonly counterpartyId: bigint | null;
  readonly amount: bigint;
  readonly currency: string;
  readonly originAmount: bigint | null;
  readonly originCurrency: string | null;
  readonly refundOf: string | null;
  readonly holdId: string | null;
  readonly correlationId: string;
  readonly createdAt: string;
  readonly status: 'success' | 'decline';
  readonly reason: string | null;
  readonly walletAmount: bigint | null;
  readonly balanceAfter: bigint | null;
  readonly currencyRate: bigint | null;
  readonly walletRate: bigint | null;
  readonly processedAt: string;
}

/** Names the fields and their order, so that another layout can never have the same hash. */
const LAYOUT = 'my-little-ps operation 1';

/**
 * The hash of a settled operation: SHA-256 over the hash before it in its wallet and the operation's content.
 *
 * @param previous the hash of the wallet's operation one position before; empty for the first
 * @returns 32 bytes
 */
export function chainHash(previous: Uint8Array, link: ChainLink): Buffer {
  const content = [
    LAYOUT,
    link.walletId,
    link.position,
    link.id,
    link.transactionId,
    link.leg,
    link.counterpartyId,
    link.amount,
    link.currency,
    link.originAmount,
    link.originCurrency,
    link.refundOf,
    link.holdId,
    link.correlationId,
    link.createdAt,
    link.status,
    link.reason,
    link.walletAmount,
    link.balanceAfter,
    link.currencyRate,
    link.walletRate,
    link.processedAt,
  ];
  const text = JSON.stringify(content, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
  return createHash('sha256').update(previous).update(text).digest();
}
