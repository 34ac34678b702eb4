import { type HoldState, reservedBy, settleHold } from './hold.ts';
import { known } from './known.ts';
import {
  creditLeg,
  type DeclineReason,
  isCapture,
  type NewLeg,
  type PendingOperation,
  returnLeg,
} from './leg.ts';
import {
  afterSpending,
  type Exceeded,
  forbiddenBy,
  overBalance,
  overSpending,
  type WalletRules,
} from './limits.ts';
import { convert } from './money.ts';
import type { Rate } from './rate.ts';

/** A wallet under its row lock; amounts are millionths of a unit of its currency. */
export interface WalletState {
  readonly id: bigint;
  readonly currency: string;
  readonly balance: bigint;
  /** What active holds reserve of the balance. */
  readonly held: bigint;
  /** At most this much may still come back from transfers; exactly this much if `exact`. */
  readonly returnable: bigint;
  readonly exact: boolean;
  readonly rules: WalletRules;
}

export type Decision = Success | Decline;

interface Success {
  readonly status: 'success';
  readonly operation: PendingOperation;
  /** Added, taken or reserved, in millionths of a unit of the wallet's currency. */
  readonly walletAmount: bigint;
  readonly balanceAfter: bigint;
  readonly currencyRate: bigint;
  readonly walletRate: bigint;
  /** The hold that the operation is about, afterwards. */
  readonly hold?: HoldState;
  readonly next: NewLeg | null;
}

interface Decline {
  readonly status: 'decline';
  readonly operation: PendingOperation;
  readonly reason: DeclineReason;
  /** What was left, if it was declined for a limit or for lack of money: in the wallet's currency. */
  readonly available: bigint | null;
  readonly next: NewLeg | null;
}

export interface Decisions {
  readonly decisions: readonly Decision[];
  /** Every wallet and hold that the decisions are about, as they are afterwards. */
  readonly wallets: readonly WalletState[];
  readonly holds: readonly HoldState[];
  /** Wallets whose upper bound on returns declined a credit: decide again with their exact returnable amount. */
  readonly inexact: readonly bigint[];
}

/**
 * Decides pending operations in the order given. Pure: no clock, no I/O, the same input gives the same output.
 *
 * The legs of a linked transaction are decided together: if one of them fails, all are declined, and their wallets stay as
 * they are.
 *
 * @param wallets the locked wallets
 * @param operations pending operations of those wallets, in id order: the legs of a linked transaction one behind the other
 * @param rates every currency that has a rate, withdrawn ones included
 * @param holds every hold that an operation is about
 * @throws Error if an operation's wallet, currency or hold is missing: a bug, not a refusal
 */
export function decide(
  wallets: readonly WalletState[],
  operations: readonly PendingOperation[],
  rates: ReadonlyMap<string, Rate>,
  holds: readonly HoldState[] = [],
): Decisions {
  const states = new Map(wallets.map((wallet) => [wallet.id, wallet]));
  const holdStates = new Map(holds.map((hold) => [hold.id, hold]));
  const changed = new Set<bigint>();
  const inexact = new Set<bigint>();
  const decideNext = (operation: PendingOperation): Decision => {
    const wallet = known(states.get(operation.walletId), `wallet ${operation.walletId}`);
    const hold = operation.holdId === null ? null : known(holdStates.get(operation.holdId), 'hold');
    const decision = decideOne(wallet, operation, rates, hold);
    if (decision.status === 'decline' && decision.reason === 'balance_limit' && !wallet.exact) {
      inexact.add(wallet.id);
    }
    for (const next of walletsAfter(decision, wallet, hold, states)) {
      states.set(next.id, next);
      changed.add(next.id);
    }
    if (hold !== null) holdStates.set(hold.id, holdAfter(decision, hold));
    return decision;
  };
  const decisions: Decision[] = [];
  while (decisions.length < operations.length) {
    const operation = known(operations[decisions.length], 'operation');
    if (operation.linkedLegs === null) {
      decisions.push(decideNext(operation));
      continue;
    }
    const legs = legsFrom(operations, decisions.length);
    const before = new Map(legs.map(({ walletId }) => [walletId, states.get(walletId)]));
    const linked = decideLinked(legs, decideNext);
    decisions.push(...linked);
    if (linked[0]?.status === 'success') continue;
    // Their chains go on, though nothing was moved.
    for (const [id, wallet] of before) {
      states.set(id, known(wallet, `wallet ${id}`));
      changed.add(id);
    }
  }
  return {
    decisions,
    wallets: [...changed].map((id) => known(states.get(id), `wallet ${id}`)),
    holds: [...holdStates.values()],
    inexact: [...inexact],
  };
}

/**
 * The legs of the linked transaction that begins at an index.
 *
 * @throws Error if one is missing: a bug, not a refusal
 */
function legsFrom(operations: readonly PendingOperation[], start: number): readonly PendingOperation[] {
  const { transactionId, linkedLegs } = known(operations[start], 'linked operation');
  const legs = operations.slice(start, start + known(linkedLegs, 'number of linked legs'));
  if (legs.length !== linkedLegs || legs.some((leg) => leg.transactionId !== transactionId))
    throw new Error(`not all ${linkedLegs} legs of transaction ${transactionId} follow each other`);
  return legs;
}

/** Decides the legs of a linked transaction in their order, up to the first that fails: then all are declined. */
function decideLinked(
  legs: readonly PendingOperation[],
  decideNext: (leg: PendingOperation) => Decision,
): readonly Decision[] {
  const decisions: Decision[] = [];
  for (const leg of legs) {
    const decision = decideNext(leg);
    decisions.push(decision);
    if (decision.status === 'decline')
      return legs.map((operation) =>
        operation === leg
          ? decision
          : { status: 'decline', operation, reason: 'linked_declined', available: null, next: null },
      );
  }
  return decisions;
}

function decideOne(
  wallet: WalletState,
  operation: PendingOperation,
  rates: ReadonlyMap<string, Rate>,
  hold: HoldState | null,
): Decision {
  const from = known(rates.get(operation.currency), `rate of ${operation.currency}`);
  const to = known(rates.get(wallet.currency), `rate of ${wallet.currency}`);
  const applied = { currencyRate: from.rate, walletRate: to.rate };
  const accept = (walletAmount: bigint, balanceAfter: bigint, next: NewLeg | null = null): Decision => {
    return { status: 'success', operation, walletAmount, balanceAfter, next, ...applied };
  };
  const decline = (reason: DeclineReason, available: bigint | null = null): Decision => {
    const next = operation.leg === 'credit' ? returnLeg(operation, reason) : null;
    return { status: 'decline', operation, reason, available, next };
  };
  const declineAs = ({ reason, available }: Exceeded) => decline(reason, available);
  const { balance } = wallet;
  const { leg, amount } = operation;

  // Returns only give back the wallet's own money, so they succeed whatever the rates. A credit leaves room below the
  // largest balance for all that may come back.
  if (leg === 'return') return accept(amount, balance + amount);
  const forbidden = forbiddenBy(wallet.rules, operation);
  if (forbidden !== undefined) return decline(forbidden);
  if (hold !== null) {
    const isAllowed = from.allowed && to.allowed;
    const exceeds = (taken: bigint) => overSpending(wallet, operation, taken);
    const outcome = settleHold(operation, hold, { exceeds, rates: applied, isAllowed });
    if (outcome.reason !== null) return decline(outcome.reason, outcome.available);
    const { walletAmount, taken, rates: kept, hold: after } = outcome;
    const next = isCapture(leg) ? creditLeg(operation, taken, wallet.currency) : null;
    const balanceAfter = balance - taken;
    return { status: 'success', operation, walletAmount, balanceAfter, hold: after, next, ...kept };
  }
  if (!from.allowed || !to.allowed) return decline('currency_not_allowed');

  switch (leg) {
    case 'receipt':
    case 'credit':
    case 'linked_receipt':
    case 'linked_credit': {
      const added = convert(amount, from.rate, to.rate, 'down');
      if (added === 0n) return decline('amount_too_small');
      const exceeded = overBalance(wallet, added);
      return exceeded === undefined ? accept(added, balance + added) : declineAs(exceeded);
    }
    case 'debit':
    case 'payout':
    case 'linked_debit':
    case 'linked_payout': {
      // Rounded up, the smallest amount of a cheap currency would take a whole millionth of a dear one.
      if (convert(amount, from.rate, to.rate, 'down') === 0n) return decline('amount_too_small');
      const taken = convert(amount, from.rate, to.rate, 'up');
      const exceeded = overSpending(wallet, operation, taken);
      if (exceeded !== undefined) return declineAs(exceeded);
      const next = leg === 'debit' ? creditLeg(operation, taken, wallet.currency) : null;
      return accept(taken, balance - taken, next);
    }
    case 'hold':
    case 'capture':
    case 'part_capture':
    case 'release':
    case 'expiry':
    case 'payout_hold':
    case 'payout_cancel':
      throw new Error(`a ${leg} needs its hold`);
  }
}

/** The wallet after a decision; after a credit also the origin, if it is among the locked wallets. */
function walletsAfter(
  decision: Decision,
  wallet: WalletState,
  hold: HoldState | null,
  states: ReadonlyMap<bigint, WalletState>,
): WalletState[] {
  if (decision.status === 'decline') return [wallet];
  const { operation, walletAmount, balanceAfter } = decision;
  const released = hold === null ? 0n : reservedBy(hold);
  const reserved = decision.hold === undefined ? 0n : reservedBy(decision.hold);
  const settled = {
    ...wallet,
    balance: balanceAfter,
    held: wallet.held - released + reserved,
    rules: afterSpending(wallet.rules, operation, walletAmount),
  };
  switch (operation.leg) {
    case 'credit': {
      // What the target keeps can no longer come back.
      const origin = states.get(known(operation.counterpartyId, 'origin of a credit'));
      if (origin === undefined) return [settled];
      const taken = known(operation.originAmount, 'amount taken for a credit');
      return [settled, { ...origin, returnable: origin.returnable - taken }];
    }
    case 'debit':
    case 'capture':
    case 'part_capture':
      return [{ ...settled, returnable: wallet.returnable + walletAmount }];
    case 'return':
      return [{ ...settled, returnable: wallet.returnable - walletAmount }];
    case 'receipt':
    case 'payout':
    case 'hold':
    case 'release':
    case 'expiry':
    case 'payout_hold':
    case 'payout_cancel':
    case 'linked_debit':
    case 'linked_credit':
    case 'linked_receipt':
    case 'linked_payout':
      return [settled];
  }
}

/** A hold after a decision. A declined capture, release or expiry leaves it as it is. */
function holdAfter(decision: Decision, hold: HoldState): HoldState {
  if (decision.status === 'success') return decision.hold ?? hold;
  const { leg } = decision.operation;
  return leg === 'hold' || leg === 'payout_hold' ? { ...hold, status: 'declined' } : hold;
}
