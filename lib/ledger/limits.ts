import { type DeclineReason, isCapture, type PendingOperation } from './leg.ts';
import { MAX_AMOUNT } from './money.ts';

export const WALLET_STATUSES = ['active', 'frozen', 'closed'] as const;

export type WalletStatus = (typeof WALLET_STATUSES)[number];

/** Which money a wallet is frozen for: what comes in, what goes out, or both. */
export const DIRECTIONS = ['in', 'out', 'both'] as const;

export type Direction = (typeof DIRECTIONS)[number];

/** What a wallet's state and limits allow; amounts are millionths of a unit of its currency. */
export interface WalletRules {
  /** How far below zero the balance may go; 0 or more. */
  readonly creditLimit: bigint;
  /** Whether no money may come in, or go out. */
  readonly frozenIn: boolean;
  readonly frozenOut: boolean;
  readonly isClosed: boolean;
  /** Missing if the wallet has none. */
  readonly limits?: Limits | undefined;
}

/** The further limits of a wallet; null for none. */
export interface GivenLimits {
  /** What the balance may come to, money that may still come back included. */
  readonly balanceLimit: bigint | null;
  readonly perOperation: bigint | null;
  readonly perDay: bigint | null;
  readonly perMonth: bigint | null;
}

/** The same, with what left the wallet on the UTC day of settling and in its month: at most the largest amount. */
interface Limits extends GivenLimits {
  readonly spentDay: bigint;
  readonly spentMonth: bigint;
}

/** What a wallet begins with. */
export const NO_RULES: WalletRules = {
  creditLimit: 0n,
  frozenIn: false,
  frozenOut: false,
  isClosed: false,
};

/** Why a wallet's limits or its money don't allow an operation, and how much they would. */
export interface Exceeded {
  readonly reason: DeclineReason;
  /** Millionths of a unit of the wallet's currency, 0 or more. */
  readonly available: bigint;
}

type Asking = Pick<PendingOperation, 'leg' | 'holdId' | 'refundOf'>;

/**
 * Why a wallet's state forbids an operation, if it does. What only gives the wallet's own money back is never forbidden, nor
 * is the confirmation of a payout that was held: that money has left already.
 */
export function forbiddenBy(
  wallet: WalletRules,
  { leg, holdId }: Asking,
): 'wallet_closed' | 'wallet_frozen' | undefined {
  switch (leg) {
    case 'return':
    case 'release':
    case 'expiry':
    case 'payout_cancel':
      return undefined;
    case 'receipt':
    case 'credit':
    case 'linked_receipt':
    case 'linked_credit':
      return refusalIf(wallet, wallet.frozenIn);
    case 'payout':
      return refusalIf(wallet, wallet.frozenOut && holdId === null);
    case 'debit':
    case 'hold':
    case 'payout_hold':
    case 'capture':
    case 'part_capture':
    case 'linked_debit':
    case 'linked_payout':
      return refusalIf(wallet, wallet.frozenOut);
  }
}

function refusalIf({ isClosed }: WalletRules, isFrozen: boolean) {
  if (isClosed) return 'wallet_closed';
  return isFrozen ? 'wallet_frozen' : undefined;
}

/** What a wallet holds, as far as its limits ask. */
interface Funds {
  readonly balance: bigint;
  readonly held: bigint;
  readonly returnable: bigint;
  readonly rules: WalletRules;
}

/**
 * Why an amount does not fit into a wallet, if it does not: the balance and what may still come back would exceed the
 * wallet's limit, or, with its credit, the largest amount. So whatever the wallet may spend and may get back is an amount.
 *
 * @param added in the wallet's currency
 */
export function overBalance(
  { balance, returnable, rules: { creditLimit, limits } }: Funds,
  added: bigint,
): Exceeded | undefined {
  const largest = MAX_AMOUNT - creditLimit;
  const limit = limits?.balanceLimit ?? largest;
  const isLimited = limit < largest;
  const room = (isLimited ? limit : largest) - balance - returnable;
  return added > room ? { reason: 'balance_limit', available: atLeastZero(room) } : undefined;
}

/** What a wallet may spend or reserve: what it has and no hold reserves, and its credit. */
const availableFunds = ({
  balance,
  held,
  rules: { creditLimit },
}: Pick<Funds, 'balance' | 'held' | 'rules'>): bigint => balance - held + creditLimit;

/**
 * Why an amount may not leave a wallet, or be reserved, if it may not: for lack of money first, then for the limits of
 * spending.
 *
 * @param amount in the wallet's currency
 */
export function overSpending(wallet: Funds, operation: Asking, amount: bigint): Exceeded | undefined {
  const funds = availableFunds(wallet);
  if (amount > funds) return { reason: 'insufficient_funds', available: atLeastZero(funds) };
  const { limits } = wallet.rules;
  if (limits === undefined || !isAsked(operation)) return undefined;
  const { perOperation, perDay, perMonth, spentDay, spentMonth } = limits;
  const rooms: readonly (readonly [DeclineReason, bigint | null])[] = [
    ['operation_limit', perOperation],
    ['daily_limit', perDay === null ? null : perDay - spentDay - wallet.held],
    ['monthly_limit', perMonth === null ? null : perMonth - spentMonth - wallet.held],
  ];
  for (const [reason, room] of rooms)
    if (room !== null && amount > room) return { reason, available: atLeastZero(room) };
  return undefined;
}

/** Whether the limits of spending are asked: of what was held they were when the hold was placed; refunds give back. */
const isAsked = ({ leg, holdId, refundOf }: Asking): boolean =>
  leg === 'hold' || leg === 'payout_hold' || (holdId === null && refundOf === null);

/** Whether an operation that succeeded counts as spent. */
const isSpent = ({ leg, refundOf }: Asking): boolean =>
  refundOf === null && (leg === 'debit' || leg === 'linked_debit' || leg === 'payout' || isCapture(leg));

/**
 * A wallet's rules after an operation of it succeeded.
 *
 * @param walletAmount what it took, in the wallet's currency
 */
export function afterSpending(rules: WalletRules, operation: Asking, walletAmount: bigint): WalletRules {
  const { limits } = rules;
  if (limits === undefined || !isSpent(operation)) return rules;
  return {
    ...rules,
    limits: {
      ...limits,
      spentDay: atMostMax(limits.spentDay + walletAmount),
      spentMonth: atMostMax(limits.spentMonth + walletAmount),
    },
  };
}

/** What was spent, as it is kept: on a UTC day, such as `2026-11-28`, and in its month. */
export interface Spent {
  readonly spentOn: string;
  readonly spentDay: bigint;
  readonly spentMonth: bigint;
}

/**
 * What was spent on the day of a moment and in its month, by what was kept on an earlier day or the same.
 *
 * @param at RFC 3339, in UTC
 */
export function spentBy({ spentOn, spentDay, spentMonth }: Spent, at: string): Spent {
  const day = dayOf(at);
  return {
    spentOn: day,
    spentDay: spentOn === day ? spentDay : 0n,
    spentMonth: monthOf(spentOn) === monthOf(day) ? spentMonth : 0n,
  };
}

/** The UTC day of a moment. @param at RFC 3339, in UTC */
export const dayOf = (at: string): string => at.slice(0, '2026-11-28'.length);

const monthOf = (day: string): string => day.slice(0, '2026-11'.length);

/**
 * When a limit is free again that an operation was declined for: the beginning of the next UTC day or month.
 *
 * @param at when it was declined: RFC 3339, in UTC
 * @returns RFC 3339; null for a reason that no time frees
 */
export function freeAt(reason: DeclineReason | null, at: string | null): string | null {
  if (at === null || (reason !== 'daily_limit' && reason !== 'monthly_limit')) return null;
  const [year = 0, month = 1, day = 1] = dayOf(at).split('-').map(Number);
  const next = reason === 'daily_limit' ? Date.UTC(year, month - 1, day + 1) : Date.UTC(year, month, 1);
  return new Date(next).toISOString();
}

const atLeastZero = (amount: bigint): bigint => (amount < 0n ? 0n : amount);

/** Beyond the largest amount nothing needs to be counted: no limit is higher. */
export const atMostMax = (amount: bigint): bigint => (amount > MAX_AMOUNT ? MAX_AMOUNT : amount);
