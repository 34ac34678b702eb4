import type { ClientRequest, Clients } from '../world/clients.ts';
import { isRecorded, show } from './check-legs.ts';
import type { Changes, Journal, Operation } from './journal.ts';
import { must } from './violation.ts';

/**
 * Checks the order of a wallet's operations: if one was answered before another was sent, it is settled first. So when an
 * operation is settled, no operation answered before it was sent may be pending or later in the chain.
 */
export function checkOrder(clients: Clients, journal: Journal, { inserted, settled }: Changes): void {
  const done = [...inserted, ...settled].filter((row) => row.status !== 'new' && isRecorded(row));
  const byWallet = Map.groupBy(done, ({ walletId }) => walletId);
  const pending = Map.groupBy(
    [...journal.pending.values()].filter((row) => byWallet.has(row.walletId) && isRecorded(row)),
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

/** The sending that recorded an operation, if a reply names it; otherwise the first that may have. */
function sendingOf(
  request: ClientRequest | undefined,
  { transactionId }: Operation,
): ClientRequest['sendings'][number] | undefined {
  if (request?.key !== undefined) return request.sendings[0];
  return request?.sendings.find(({ reply }) => reply?.ids.includes(transactionId)) ?? request?.sendings[0];
}

function sentAtOf(clients: Clients, row: Operation): number {
  return sendingOf(clients.byCorrelation.get(row.correlationId), row)?.sentAt ?? -1;
}

/** When a client first learned that the operation was accepted; infinity if never. */
function answeredAtOf(clients: Clients, row: Operation): number {
  const request = clients.byCorrelation.get(row.correlationId);
  const times = (request?.sendings ?? [])
    .filter(({ reply }) => reply?.outcome === 'accepted' && reply.ids.includes(row.transactionId))
    .map(({ answeredAt }) => answeredAt);
  return Math.min(Number.POSITIVE_INFINITY, ...times);
}
