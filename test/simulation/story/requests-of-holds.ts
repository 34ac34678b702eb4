import type { Prepared } from '../world/clients.ts';
import {
  amountIn,
  currencyOf,
  givenOf,
  type Known,
  MAX_AMOUNT,
  type Matcher,
  matches,
  noted,
  part,
  prepared,
  recent,
  walletOf,
} from './resolve.ts';
import type { Request } from './script.ts';

/** Turns a scripted request about a hold into one that can be sent. */
export function aboutHold(
  request: Extract<Request, { kind: 'hold' | 'capture' | 'release' | 'extend' }>,
  known: Known,
): Prepared {
  if (request.kind === 'hold') return placing(request, known);
  const holdId = recent(known.holdIds, request.hold);
  switch (request.kind) {
    case 'capture': {
      const hold = known.journal.holds.get(holdId);
      const TargetWalletId = walletOf(known, request.target);
      const fields = request.amount === null ? {} : { Amount: part(request.amount, hold?.amount) };
      const matcher = captureMatcher(holdId, TargetWalletId, fields.Amount, request.isFinal);
      const body = { TargetWalletId, ...fields, ...(request.isFinal ? {} : { Final: false }) };
      return prepared(request, 'POST /hold/{holdId}/capture', body, [matcher], { holdId });
    }
    case 'release': {
      const isRelease: Matcher = (row, { holds }) =>
        row.leg === 'release' &&
        row.holdId === holdId &&
        row.walletId === (holds.get(holdId)?.walletId ?? row.walletId);
      return prepared(request, 'POST /hold/{holdId}/release', {}, [isRelease], { holdId });
    }
    case 'extend': {
      const body = { ExpiresInSeconds: request.seconds };
      return prepared(request, 'POST /hold/{holdId}/extend', body, [], { holdId });
    }
  }
}

function placing(request: Extract<Request, { kind: 'hold' }>, known: Known): Prepared {
  const WalletId = walletOf(known, request.wallet);
  const Currency = request.currency === null ? undefined : currencyOf(known, request.currency);
  const Amount = amountIn(request.amount, known, WalletId, Currency);
  const share = (Amount * BigInt(request.overPermille)) / 1_000n;
  const OverCapture = share > MAX_AMOUNT - Amount ? 0n : share;
  const isHold: Matcher = (row, { wallets }) =>
    matches(row, { leg: 'hold', walletId: WalletId, counterpartyId: null, amount: Amount }) &&
    row.holdId === row.transactionId &&
    row.currency === (Currency ?? wallets.get(WalletId)?.currency);
  const more = {
    ...(Currency === undefined ? {} : { Currency }),
    ...(OverCapture === 0n ? {} : { OverCapture }),
  };
  const given = givenOf(request.note);
  const body = { WalletId, Amount, ...more, ExpiresInSeconds: request.seconds, ...given };
  return prepared(request, 'POST /hold', body, [noted(given, isHold)]);
}

function captureMatcher(
  holdId: string,
  counterpartyId: bigint,
  amount: bigint | undefined,
  isFinal: boolean,
): Matcher {
  return (row, { byTransaction }) => {
    const hold = byTransaction.get(holdId)?.[0];
    if (hold === undefined) return false;
    const { walletId, currency } = hold;
    const leg = isFinal ? 'capture' : 'part_capture';
    const expected = { leg, holdId, walletId, counterpartyId, currency, amount: amount ?? row.amount };
    // By default it is what is left, by what was settled when it was recorded.
    return matches(row, expected) && (amount !== undefined || row.amount <= hold.amount);
  };
}

/** Turns a scripted request about a payout into one that can be sent. */
export function aboutPayout(
  request: Extract<Request, { kind: 'payout' | 'confirm' | 'cancel' }>,
  known: Known,
): Prepared {
  if (request.kind === 'payout') {
    const walletId = walletOf(known, request.wallet);
    const currency = currencyOf(known, request.currency);
    const amount = amountIn(request.amount, known, walletId, currency);
    const leg = request.isHeld ? 'payout_hold' : 'payout';
    const isPayout: Matcher = (row) =>
      matches(row, { leg, walletId, counterpartyId: null, amount, currency, refundOf: null }) &&
      row.holdId === (request.isHeld ? row.transactionId : null);
    const body = { WalletId: walletId, Amount: amount, Currency: currency };
    const confirm = request.isHeld ? { Confirm: true } : {};
    return prepared(request, 'POST /send_amount', { ...body, ...confirm }, [isPayout]);
  }
  const transactionId = recent(known.payoutIds, request.payout);
  const leg = request.kind === 'confirm' ? 'payout' : 'payout_cancel';
  const isAnswer: Matcher = (row, { byTransaction }) => {
    const held = byTransaction.get(transactionId)?.[0];
    if (held === undefined) return false;
    const { walletId, amount, currency } = held;
    return matches(row, { leg, transactionId, holdId: transactionId, walletId, amount, currency });
  };
  return prepared(request, `POST /send_amount/{transactionId}/${request.kind}`, {}, [isAnswer], {
    transactionId,
  });
}
