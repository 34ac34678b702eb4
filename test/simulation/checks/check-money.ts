import { chainHash } from '../../../lib/ledger/hash-chain.ts';
import { checkSettledOfHolds, type HoldsBefore } from './check-holds.ts';
import { show } from './check-legs.ts';
import type { Changes, Journal, Operation, WalletState } from './journal.ts';
import { must } from './violation.ts';

/** The rates that may have applied to a currency during a step, and whether it may have been allowed, and withdrawn. */
export interface Possible {
  readonly rates: ReadonlySet<bigint>;
  readonly allowed: boolean;
  readonly withdrawn: boolean;
}

export type PossibleRates = ReadonlyMap<string, Possible>;

const MAX_AMOUNT = 9_223_372_036_854_775_807n;

/** Legs in the wallet's own currency, which are not converted and settle even if it is withdrawn. */
const RATELESS = new Set(['return', 'release', 'expiry']);

/** Whether a leg adds to the balance (1), subtracts from it (-1) or leaves it unchanged (0). */
const SIGNS: Readonly<Record<string, bigint>> = {
  receipt: 1n,
  credit: 1n,
  return: 1n,
  debit: -1n,
  payout: -1n,
  capture: -1n,
  hold: 0n,
  release: 0n,
  expiry: 0n,
};

/** Applies the settled operations to each wallet in the order of their positions, and checks each. */
export function checkMoney(
  journal: Journal,
  { inserted, settled }: Changes,
  rates: PossibleRates,
  holds: HoldsBefore,
): void {
  const before = new Map([...journal.wallets].map(([id, { inTransit }]) => [id, inTransit]));
  for (const operation of inserted) noteTransit(journal, operation);
  const done = [...inserted, ...settled].filter(({ status }) => status !== 'new');
  for (const [walletId, operations] of Map.groupBy(done, (operation) => operation.walletId)) {
    const wallet = walletOf(journal, walletId);
    const ordered = operations.sort((a, b) => Number((a.position ?? 0n) - (b.position ?? 0n)));
    const taken = ordered.reduce(
      (sum, { leg, walletAmount }) =>
        sum + (leg === 'debit' || leg === 'capture' ? (walletAmount ?? 0n) : 0n),
      before.get(walletId) ?? 0n,
    );
    for (const operation of ordered) {
      checkSettledOfHolds(journal, holds, operation);
      applySettled(journal, wallet, operation, rates, taken);
    }
  }
}

function walletOf(journal: Journal, id: bigint | null): WalletState {
  const wallet = journal.wallets.get(id ?? 0n);
  must(wallet !== undefined, 'each operation belongs to an existing wallet', () => String(id));
  return wallet;
}

/** Adds a new leg to the money in transit, which would come back to its origin if declined. */
function noteTransit(
  journal: Journal,
  { leg, walletId, counterpartyId, amount, originAmount }: Operation,
): void {
  if (leg === 'credit') walletOf(journal, counterpartyId).inTransit += originAmount ?? 0n;
  if (leg === 'return') walletOf(journal, walletId).inTransit += amount;
}

/** @param returnable the most money that may have been due back to the wallet at any time of the step */
function applySettled(
  journal: Journal,
  wallet: WalletState,
  operation: Operation,
  rates: PossibleRates,
  returnable: bigint,
): void {
  checkLink(wallet, operation);
  if (operation.leg === 'credit')
    walletOf(journal, operation.counterpartyId).inTransit -= operation.originAmount ?? 0n;
  if (operation.leg === 'return') wallet.inTransit -= operation.amount;
  if (operation.status === 'decline') checkDecline(journal, wallet, operation, rates, returnable);
  else checkSuccess(journal, wallet, operation, rates);
}

function checkLink(wallet: WalletState, operation: Operation): void {
  must(
    operation.position === wallet.position + 1n,
    'the settled operations of a wallet are numbered without a gap',
    () => `after ${wallet.position} comes ${show(operation)}`,
  );
  const processedAt = operation.processedAt ?? '';
  must(
    comparable(processedAt) >= comparable(wallet.processedAt),
    "a wallet's settlement times never go backwards",
    () => `after ${wallet.processedAt} comes ${show(operation)}`,
  );
  const writtenBy = operation.writtenBy ?? '';
  must(
    (comparable(processedAt) === comparable(wallet.processedAt)) === (writtenBy === wallet.writtenBy),
    "a wallet's operations have one time where they were settled together, and only there",
    () => `after ${wallet.processedAt} of ${wallet.writtenBy} comes ${show(operation)}`,
  );
  if (SIGNS[operation.leg] === 0n) wallet.unlisted += 1n;
  must(
    (operation.unlisted ?? 0n) === wallet.unlisted,
    'each settled operation counts those before it that no report lists',
    () => `${wallet.unlisted} expected: ${show(operation)}`,
  );
  const hash = chainHash(wallet.head, operation as Parameters<typeof chainHash>[1]);
  must(operation.hash?.equals(hash) ?? false, 'the chain of hashes is whole', () => show(operation));
  wallet.position += 1n;
  wallet.head = hash;
  wallet.processedAt = processedAt;
  wallet.writtenBy = writtenBy;
}

/** RFC 3339 with six decimals of the second, so that texts sort by time. */
function comparable(time: string): string {
  const [whole = '', fraction = ''] = time.replace('Z', '').split('.');
  return `${whole}.${fraction.padEnd(6, '0')}`;
}

function checkSuccess(
  journal: Journal,
  wallet: WalletState,
  operation: Operation,
  rates: PossibleRates,
): void {
  const { leg, amount, currency } = operation;
  const walletAmount = operation.walletAmount ?? 0n;
  const currencyRate = operation.currencyRate ?? 0n;
  const walletRate = operation.walletRate ?? 0n;
  const [from, to] = [rates.get(currency), rates.get(wallet.currency)];
  must(
    (from?.rates.has(currencyRate) && to?.rates.has(walletRate)) ?? false,
    'the applied rates were valid at the time',
    () => show(operation),
  );
  must(
    RATELESS.has(leg) || ((from?.allowed && to?.allowed) ?? false),
    'a withdrawn currency settles nothing',
    () => show(operation),
  );
  const sign = SIGNS[leg] ?? 0n;
  const isOwn = RATELESS.has(leg) || leg === 'hold' || leg === 'capture';
  const expected = isOwn ? amount : convert(amount, currencyRate, walletRate, sign);
  must(
    isOwn || amount * currencyRate >= walletRate,
    'nothing is settled that is worth less than a millionth',
    () => show(operation),
  );
  must(
    walletAmount === expected && walletAmount > 0n && (!isOwn || currency === wallet.currency),
    'credits are rounded down, debits up',
    () => `${expected} expected: ${show(operation)}`,
  );
  wallet.balance += sign * walletAmount;
  must(operation.balanceAfter === wallet.balance, 'each balance follows from the previous one', () => {
    return `${wallet.balance} expected: ${show(operation)}`;
  });
  if (operation.holdId !== null) settleHold(journal, wallet, operation);
  must(
    wallet.balance >= wallet.held && wallet.balance <= MAX_AMOUNT,
    'no balance is negative, held twice or over the limit',
    () => `${show(wallet)} after ${show(operation)}`,
  );
}

/** Converts an amount, rounding incoming money down and outgoing money up; independent of the code under test. */
function convert(amount: bigint, from: bigint, to: bigint, sign: bigint): bigint {
  const scaled = amount * from;
  const down = scaled / to;
  return sign < 0n && down * to < scaled ? down + 1n : down;
}

const HOLD_AFTER: Readonly<Record<string, string>> = {
  hold: 'active',
  capture: 'captured',
  release: 'released',
  expiry: 'expired',
};

function settleHold(journal: Journal, wallet: WalletState, operation: Operation): void {
  const { leg, amount, walletId } = operation;
  const id = operation.holdId ?? '';
  const hold = journal.holds.get(id) ?? { walletId, amount, status: 'new' };
  must(
    hold.walletId === walletId && hold.status === (leg === 'hold' ? 'new' : 'active'),
    'a hold is settled once, in one way',
    () => `${show(hold)} and then ${show(operation)}`,
  );
  must(
    leg === 'capture' ? amount <= hold.amount : amount === hold.amount,
    'no more is captured than was held',
    () => `${show(hold)} and then ${show(operation)}`,
  );
  wallet.held += leg === 'hold' ? hold.amount : -hold.amount;
  hold.status = HOLD_AFTER[leg] ?? '';
  journal.holds.set(id, hold);
}

function checkDecline(
  journal: Journal,
  wallet: WalletState,
  operation: Operation,
  rates: PossibleRates,
  returnable: bigint,
): void {
  const { leg, reason, holdId } = operation;
  const [from, to] = [rates.get(operation.currency), rates.get(wallet.currency)];
  const { amounts, isDust } = conversions(operation, wallet, rates);
  const status = holdId === null ? undefined : (journal.holds.get(holdId)?.status ?? 'new');
  const isRight = {
    insufficient_funds: amounts.some((amount) => amount > wallet.balance - wallet.held),
    balance_limit: amounts.some((amount) => wallet.balance + returnable + amount > MAX_AMOUNT),
    amount_too_small: isDust,
    currency_not_allowed: (from?.withdrawn || to?.withdrawn) ?? false,
    hold_not_active: leg !== 'hold' && status !== 'active',
  }[reason ?? ''];
  must(isRight === true, 'a decline has the right reason', () => `${show(operation)}, ${show(wallet)}`);
  if (leg === 'hold')
    journal.holds.set(holdId ?? '', {
      walletId: operation.walletId,
      amount: operation.amount,
      status: 'declined',
    });
}

/** The possible conversions of the amount, at the rates of the step, and whether it may be worth less than a millionth. */
function conversions(
  { leg, amount, currency }: Operation,
  wallet: WalletState,
  rates: PossibleRates,
): { readonly amounts: readonly bigint[]; readonly isDust: boolean } {
  if (leg === 'hold') return { amounts: [amount], isDust: false };
  const [from, to] = [rates.get(currency)?.rates ?? [], rates.get(wallet.currency)?.rates ?? []];
  const pairs = [...from].flatMap((rate) => [...to].map((other) => [rate, other] as const));
  const isEnough = ([rate, other]: readonly [bigint, bigint]) => amount * rate >= other;
  return {
    amounts: pairs.filter(isEnough).map(([rate, other]) => convert(amount, rate, other, SIGNS[leg] ?? 0n)),
    isDust: !pairs.every(isEnough),
  };
}
