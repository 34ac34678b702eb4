import type { Asked, Clients } from '../world/clients.ts';
import { isFirstLeg, show } from './check-legs.ts';
import type { Changes, Journal, Operation } from './journal.ts';
import { must } from './violation.ts';

/**
 * Of two operations of one wallet, the second sent after the first was answered, the first is settled first: so when one
 * is settled, none is pending, or further on in the chain, that was answered before it was sent.
 */
export function checkOrder(clients: Clients, journal: Journal, { inserted, settled }: Changes): void {
  const done = [...inserted, ...settled].filter((row) => row.status !== 'new' && isFirstLeg(row));
  const byWallet = Map.groupBy(done, ({ walletId }) => walletId);
  const pending = Map.groupBy(
    [...journal.pending.values()].filter((row) => byWallet.has(row.walletId) && isFirstLeg(row)),
    ({ walletId }) => walletId,
  );
  for (const [walletId, rows] of byWallet) {
    const later = [...(pending.get(walletId) ?? [])];
    const lastFirst = rows.sort((a, b) => Number((b.position ?? 0n) - (a.position ?? 0n)));
    for (const row of lastFirst) {
      const sentAt = sentAtOf(clients, row);
      for (const other of later) {
        must(
          answeredAtOf(clients, other) >= sentAt,
          "a wallet's operations are settled in the order in which they were accepted",
          () => `${show(row)} before ${show(other)}`,
        );
      }
      later.push(row);
    }
  }
}

/** The sending that an operation comes from, where its reply says so; otherwise the first it may come from. */
function sendingOf(
  asked: Asked | undefined,
  { transactionId }: Operation,
): Asked['sendings'][number] | undefined {
  if (asked?.key !== undefined) return asked.sendings[0];
  return asked?.sendings.find(({ told }) => told?.ids.includes(transactionId)) ?? asked?.sendings[0];
}

function sentAtOf(clients: Clients, row: Operation): number {
  return sendingOf(clients.byCorrelation.get(row.correlationId), row)?.sentAt ?? -1;
}

/** When a client first knew that the operation was accepted; never, where none was told. */
function answeredAtOf(clients: Clients, row: Operation): number {
  const asked = clients.byCorrelation.get(row.correlationId);
  const times = (asked?.sendings ?? [])
    .filter(({ told }) => told?.outcome === 'accepted' && told.ids.includes(row.transactionId))
    .map(({ answeredAt }) => answeredAt);
  return Math.min(Number.POSITIVE_INFINITY, ...times);
}
