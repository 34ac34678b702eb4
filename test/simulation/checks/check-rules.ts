import type { ClientRequest } from '../world/clients.ts';
import { show } from './check-legs.ts';
import { captures, places } from './hold-money.ts';
import type { Operation, WalletState } from './journal.ts';
import type { RuleRows, Rules } from './rule-rows.ts';
import { must } from './violation.ts';

const MAX_AMOUNT = 9_223_372_036_854_775_807n;

const BEGINNING: Rules = {
  ...{ creditLimit: 0n, balanceLimit: null, perOperation: null, perDay: null, perMonth: null },
  ...{ frozenIn: false, frozenOut: false, isClosed: false },
};

const pick = (rules: Rules): Rules =>
  Object.fromEntries(
    Object.keys(BEGINNING).map((name) => [name, rules[name as keyof Rules]]),
  ) as unknown as Rules;

const isSame = (a: Rules, b: Rules): boolean => show(pick(a)) === show(pick(b)) && shape(a) === shape(b);
const shape = (rules: Rules): string =>
  Object.values(pick(rules))
    .map((value) => value === null)
    .join();

/** Takes the changes of a step, each of which a request must have caused. @returns how many */
export function takeChanges(
  wallets: ReadonlyMap<bigint, WalletState>,
  { changes }: RuleRows,
  sent: ReadonlySet<ClientRequest>,
): number {
  let taken = 0;
  for (const change of changes) {
    const state = wallets.get(change.walletId)?.rules;
    must(state !== undefined, 'each change is of a wallet that is there', () => show(change));
    const known = state.changes[Number(change.number) - 1];
    if (known !== undefined) {
      must(
        isSame(known, change),
        'a change of rules never changes',
        () => `${show(known)} became ${show(change)}`,
      );
      continue;
    }
    const before = state.changes.at(-1);
    must(
      change.number === BigInt(state.changes.length + 1) &&
        change.afterPosition >= (before?.afterPosition ?? 0n),
      'changes of rules are numbered without a gap, in the order of the chain',
      () => show(change),
    );
    const causes = [...sent].filter(
      ({ prepared }) =>
        prepared.kind === 'change' && prepared.path['walletId'] === change.walletId.toString(),
    );
    must(
      causes.some(
        ({ prepared, sendings }) =>
          sendings.at(-1)?.reply?.outcome !== 'refused' &&
          isSame(afterRequest(before ?? BEGINNING, prepared), change),
      ),
      'the rules of a wallet change only as requested',
      () =>
        `${show(before ?? BEGINNING)} became ${show(change)} by ${causes.map(({ prepared }) => prepared.body).join(' ')}`,
    );
    state.changes.push(change);
    taken += 1;
  }
  return taken;
}

function afterRequest(
  before: Rules,
  { route, body }: { readonly route: string; readonly body: string },
): Rules {
  const {
    Direction = 'both',
    CreditLimit,
    BalanceLimit,
    SpendLimits,
  } = JSON.parse(body, (_name, value, context?: { source: string }) =>
    typeof value === 'number' && context !== undefined ? BigInt(context.source) : (value as unknown),
  ) as any;
  const [isIn, isOut] = [Direction !== 'out', Direction !== 'in'];
  if (route.endsWith('/close')) return { ...before, isClosed: true };
  if (/\/(un)?freeze$/.test(route)) {
    const isFrozen = route.endsWith('/freeze');
    return { ...before, ...(isIn ? { frozenIn: isFrozen } : {}), ...(isOut ? { frozenOut: isFrozen } : {}) };
  }
  const spend =
    SpendLimits === null ? { PerOperation: null, PerDay: null, PerMonth: null } : (SpendLimits ?? {});
  const given = {
    creditLimit: CreditLimit === null ? 0n : CreditLimit,
    balanceLimit: BalanceLimit,
    perOperation: spend.PerOperation,
    perDay: spend.PerDay,
    perMonth: spend.PerMonth,
  };
  return {
    ...before,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
}

/** The rules that counted for an operation: those of the last change before its position. */
export const rulesAt = ({ rules }: WalletState, { position }: Operation): Rules =>
  rules.changes.findLast(({ afterPosition }) => afterPosition < (position ?? 0n)) ?? BEGINNING;

/** The rules that count now. */
export const rulesOf = ({ rules }: WalletState): Rules => rules.changes.at(-1) ?? BEGINNING;

const IN = new Set(['receipt', 'credit', 'linked_receipt', 'linked_credit']);

/** What takes money out at once; captures and held payouts take what was reserved. */
const OUT = new Set(['debit', 'payout', 'linked_debit', 'linked_payout']);
const FREE = new Set(['return', 'release', 'expiry', 'payout_cancel']);

/** A payout that was held has left already when it is confirmed. */
const isFree = ({ leg, holdId }: Operation): boolean =>
  FREE.has(leg) || (leg === 'payout' && holdId !== null);

const isFrozenFor = (rules: Rules, operation: Operation): boolean =>
  IN.has(operation.leg) ? rules.frozenIn : !isFree(operation) && rules.frozenOut;

const isAsked = ({ leg, holdId, refundOf }: Operation): boolean =>
  places({ leg }) || (OUT.has(leg) && holdId === null && refundOf === null);

const spentOn = ({ rules }: WalletState, period: string): bigint => rules.spent.get(period) ?? 0n;
const dayOf = ({ processedAt }: Operation): string => (processedAt ?? '').slice(0, 10);
const monthOf = ({ processedAt }: Operation): string => (processedAt ?? '').slice(0, 7);

/** What the limits of spending left for an operation, by the reason that it would be declined for. */
function rooms(wallet: WalletState, rules: Rules, operation: Operation): Readonly<Record<string, bigint>> {
  if (!isAsked(operation)) return {};
  const { perOperation, perDay, perMonth } = rules;
  return {
    ...(perOperation === null ? {} : { operation_limit: perOperation }),
    ...(perDay === null ? {} : { daily_limit: perDay - spentOn(wallet, dayOf(operation)) - wallet.held }),
    ...(perMonth === null
      ? {}
      : { monthly_limit: perMonth - spentOn(wallet, monthOf(operation)) - wallet.held }),
  };
}

/** Checks a success against the rules, before it is applied, and counts what it spent. */
export function checkAllowed(wallet: WalletState, operation: Operation): void {
  const walletAmount = operation.walletAmount ?? 0n;
  const broken = brokenBy(wallet, operation, walletAmount);
  must(
    broken === undefined,
    broken ?? '',
    () => `${show(operation)}, ${show(rulesAt(wallet, operation))}, ${show(wallet)}`,
  );
  countSpent(wallet, operation, walletAmount);
}

/** Which rule an operation would break that succeeds with this amount, if any. */
export function brokenBy(
  wallet: WalletState,
  operation: Operation,
  walletAmount: bigint,
): string | undefined {
  const rules = rulesAt(wallet, operation);
  if (rules.isClosed) return 'nothing succeeds in a closed wallet';
  if (isFrozenFor(rules, operation)) return 'nothing succeeds against a freeze';
  if (Object.values(rooms(wallet, rules, operation)).some((room) => walletAmount > room))
    return 'no limit of spending is exceeded';
  if (IN.has(operation.leg) && wallet.balance + walletAmount > (rules.balanceLimit ?? MAX_AMOUNT))
    return 'no limit of the balance is exceeded';
  return undefined;
}

/** Counts what an operation spent that succeeded. */
export function countSpent(wallet: WalletState, operation: Operation, walletAmount: bigint): void {
  if (!(OUT.has(operation.leg) || captures(operation)) || operation.refundOf !== null) return;
  for (const period of [dayOf(operation), monthOf(operation)])
    wallet.rules.spent.set(period, spentOn(wallet, period) + walletAmount);
}

/**
 * Whether a decline for a wallet's state, limits or lack of money is right, and says what was left.
 *
 * @param amounts what it may have come to
 * @param returnable the most money that may have been due back to the wallet
 * @returns undefined for a reason of another kind
 */
export function isRightlyDeclined(
  wallet: WalletState,
  operation: Operation,
  amounts: readonly bigint[],
  returnable: bigint,
): boolean | undefined {
  const rules = rulesAt(wallet, operation);
  const { reason, available } = operation;
  const exceeds = (room: bigint) =>
    amounts.some((amount) => amount > room) && available === (room < 0n ? 0n : room);
  switch (reason ?? '') {
    case 'wallet_closed':
      return rules.isClosed && available === null;
    case 'wallet_frozen':
      return !rules.isClosed && isFrozenFor(rules, operation) && available === null;
    case 'insufficient_funds':
      return exceeds(wallet.balance - wallet.held + rules.creditLimit);
    case 'balance_limit': {
      const largest = MAX_AMOUNT - rules.creditLimit;
      const limit = rules.balanceLimit ?? largest;
      const room = (limit < largest ? limit : largest) - wallet.balance - returnable;
      return amounts.some((amount) => amount > room) && (available ?? -1n) >= 0n;
    }
    case 'operation_limit':
    case 'daily_limit':
    case 'monthly_limit': {
      const room = rooms(wallet, rules, operation)[reason ?? ''];
      return room !== undefined && exceeds(room);
    }
    default:
      return available === null ? undefined : false;
  }
}

/** Compares each wallet's rules with its last change, and what it says that it spent with the journal. */
export function checkRules(wallets: ReadonlyMap<bigint, WalletState>, { current, spent }: RuleRows): void {
  must(current.length === wallets.size, 'a wallet has a row of limits if it has limits', () => show(current));
  for (const row of current) {
    const wallet = wallets.get(row.walletId);
    must(
      wallet !== undefined && isSame(rulesOf(wallet), row),
      "a wallet's rules are those of its last change",
      () => `${show(row)}, by its changes ${show(wallet && rulesOf(wallet))}`,
    );
    must(
      !row.isClosed || (wallet.balance === 0n && wallet.held === 0n && wallet.inTransit === 0n),
      'a closed wallet is empty, and nothing comes back to it',
      () => show(wallet),
    );
  }
  const atMostMax = (amount: bigint) => (amount > MAX_AMOUNT ? MAX_AMOUNT : amount);
  for (const row of spent) {
    const wallet = wallets.get(row.walletId);
    must(
      wallet !== undefined &&
        row.spentDay === atMostMax(spentOn(wallet, row.spentOn)) &&
        row.spentMonth === atMostMax(spentOn(wallet, row.spentOn.slice(0, 7))),
      'a limited wallet counts what it spent',
      () => `${show(row)}, by the journal ${show(wallet && Object.fromEntries(wallet.rules.spent))}`,
    );
  }
}
