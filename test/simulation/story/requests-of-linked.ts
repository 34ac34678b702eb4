import type { Operation } from '../checks/journal.ts';
import type { Prepared } from '../world/clients.ts';
import {
  amountIn,
  currencyOf,
  givenOf,
  type Known,
  type Matcher,
  matches,
  noted,
  prepared,
  walletOf,
} from './resolve.ts';
import type { Entry, Request } from './script.ts';

/** One transfer of a linked transaction; without an origin it is a receipt, without a target a payout. */
interface Transfer {
  readonly origin: bigint | null;
  readonly target: bigint | null;
  readonly amount: bigint;
  readonly currency: string;
}

/** Turns a scripted linked transaction into a request that can be sent. */
export function aboutLinked(request: Extract<Request, { kind: 'linked' }>, known: Known): Prepared {
  const transfers: Transfer[] = [];
  for (const entry of request.entries)
    transfers.push(transferOf(entry, known, request.isChain ? transfers.at(-1) : undefined));
  const given = givenOf(request.note);
  const bodies = transfers.map(bodyOf);
  const body = request.isBatch
    ? { Operations: bodies, Atomic: true, ...given }
    : { Transfers: bodies, ...given };
  const route = request.isBatch ? 'POST /batch' : 'POST /transaction';
  return prepared(request, route, body, [noted(given, isWhole(legsOf(transfers, null)))]);
}

/** @param previous whose money it moves on, if it does */
function transferOf(entry: Entry, known: Known, previous: Transfer | undefined): Transfer {
  const currency = currencyOf(known, entry.currency);
  if (entry.kind === 'receive') {
    const target = walletOf(known, entry.wallet);
    return { origin: null, target, amount: amountIn(entry.amount, known, target, currency), currency };
  }
  const origin = previous?.target ?? walletOf(known, entry.origin);
  const same = walletOf(known, entry.target);
  // A transfer within one wallet would be refused, and all with it.
  const target = same === origin ? walletOf(known, entry.target + 1) : same;
  if (previous !== undefined) return { ...previous, origin, target };
  return { origin, target, amount: amountIn(entry.amount, known, origin, currency), currency };
}

const bodyOf = ({ origin, target, amount, currency }: Transfer): object => ({
  ...(origin === null ? { WalletId: target } : { OriginWalletId: origin, TargetWalletId: target }),
  Amount: amount,
  Currency: currency,
});

/** The legs that transfers have, in their order. */
function legsOf(transfers: readonly Transfer[], refundOf: string | null): readonly Partial<Operation>[] {
  const legs = transfers.flatMap(({ origin, target, amount, currency }, index): Partial<Operation>[] => {
    const common = { amount, currency, number: index + 1, refundOf };
    if (target === null)
      return [{ leg: 'linked_payout', walletId: origin ?? 0n, counterpartyId: null, ...common }];
    if (origin === null)
      return [{ leg: 'linked_receipt', walletId: target, counterpartyId: null, ...common }];
    return [
      { leg: 'linked_debit', walletId: origin, counterpartyId: target, ...common },
      { leg: 'linked_credit', walletId: target, counterpartyId: origin, ...common },
    ];
  });
  return legs.map((leg) => ({ ...leg, linkedLegs: legs.length }));
}

/** Whether a row begins a transaction that has just these legs. */
const isWhole =
  (expected: readonly Partial<Operation>[]): Matcher =>
  (row, { byTransaction }) => {
    const legs = byTransaction.get(row.transactionId) ?? [];
    return legs.length === expected.length && legs.every((leg, index) => matches(leg, expected[index] ?? {}));
  };

/** A matcher of the refund of a linked transaction: the whole, in reverse. */
export function isLinkedRefund(paid: readonly Operation[]): Matcher {
  const back = paid
    .filter(({ leg }) => leg !== 'linked_debit')
    .map(({ walletId, counterpartyId, amount, currency }) => ({
      origin: walletId,
      target: counterpartyId,
      amount,
      currency,
    }));
  return isWhole(legsOf(back.reverse(), paid[0]?.transactionId ?? null));
}
