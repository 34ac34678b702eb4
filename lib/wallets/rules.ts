import type { Direction, GivenLimits } from '../ledger/limits.ts';
import { MAX_AMOUNT } from '../ledger/money.ts';
import type { Tx } from '../postgres/database.ts';
import { ok, type Result, refused } from '../wire/refusal.ts';
import {
  type ChangeContext,
  type Changed,
  type CurrentWallet,
  changeWallet,
  type Rules,
  readUnsettled,
} from './change.ts';

/** What of a wallet's limits is changed: what is missing stays as it is, null removes a limit. */
export interface LimitsChange {
  readonly CreditLimit?: bigint | null | undefined;
  readonly BalanceLimit?: bigint | null | undefined;
  readonly SpendLimits?: SpendLimitsChange | null | undefined;
}

interface SpendLimitsChange {
  readonly PerOperation?: bigint | null | undefined;
  readonly PerDay?: bigint | null | undefined;
  readonly PerMonth?: bigint | null | undefined;
}

/** Freezes a wallet, or ends it, for what comes in, goes out, or both. @returns a refusal if it is closed or unknown */
export async function freezeWallet(
  tx: Tx,
  id: bigint,
  direction: Direction,
  isFrozen: boolean,
  context: ChangeContext,
): Promise<Result<Changed>> {
  return await changeWallet(tx, id, context, async (wallet) =>
    ifOpen(wallet, {
      ...(direction === 'out' ? {} : { frozenIn: isFrozen }),
      ...(direction === 'in' ? {} : { frozenOut: isFrozen }),
    }),
  );
}

/** Gives a wallet another name, a closed one too. @returns a refusal if it is unknown */
export async function renameWallet(
  tx: Tx,
  id: bigint,
  name: string,
  context: ChangeContext,
): Promise<Result<Changed>> {
  return await changeWallet(tx, id, context, async ({ rules }) => ok({ name, rules }));
}

/**
 * Closes a wallet for good.
 *
 * @returns a refusal if it is unknown, has money or owes it, holds some back, or anything is pending for it or may come back
 */
export async function closeWallet(tx: Tx, id: bigint, context: ChangeContext): Promise<Result<Changed>> {
  return await changeWallet(tx, id, context, async (wallet) => {
    const { name, rules, balance, held } = wallet;
    if (rules.isClosed) return ok({ name, rules });
    const { pending, returnable, active } = await readUnsettled(tx, id);
    const rest = [
      balance === 0n ? [] : [`its balance is ${balance}`],
      held === 0n ? [] : [`holds reserve ${held}`],
      active === 0 || held > 0n ? [] : [`${active} of its holds are active`],
      pending === 0 ? [] : [`${pending} of its operations are pending`],
      returnable === 0n ? [] : [`${returnable} of its transfers may still come back`],
    ].flat();
    if (rest.length > 0) return refused('wallet_not_empty', `wallet ${id} is not empty: ${rest.join(', ')}`);
    return ok({ name, rules: { ...rules, isClosed: true } });
  });
}

/**
 * Changes a wallet's limits.
 *
 * @returns a refusal if it is unknown or closed, or more credit is used than would be left, or credit and balance together
 *   would exceed the largest amount
 */
export async function limitWallet(
  tx: Tx,
  id: bigint,
  change: LimitsChange,
  context: ChangeContext,
): Promise<Result<Changed>> {
  return await changeWallet(tx, id, context, async (wallet) => {
    const limits = limitsAfter(wallet.rules, change);
    const exact = limits.creditLimit > mostCredit(wallet) ? await withExactReturnable(tx, wallet) : wallet;
    return creditRefusal(exact, limits.creditLimit) ?? ifOpen(exact, limits);
  });
}

/** The wallet with exactly what may still come back to it, which is written down: its lock keeps it from growing. */
async function withExactReturnable(tx: Tx, wallet: CurrentWallet): Promise<CurrentWallet> {
  const { returnable } = await readUnsettled(tx, wallet.id);
  await tx`UPDATE wallets SET returnable = ${returnable} WHERE id = ${wallet.id}`;
  return { ...wallet, returnable };
}

function limitsAfter(
  rules: Rules,
  { CreditLimit, BalanceLimit, SpendLimits }: LimitsChange,
): GivenLimits & { readonly creditLimit: bigint } {
  const { PerOperation, PerDay, PerMonth }: SpendLimitsChange =
    SpendLimits === null ? { PerOperation: null, PerDay: null, PerMonth: null } : (SpendLimits ?? {});
  const after = (given: bigint | null | undefined, before: bigint | null) =>
    given === undefined ? before : given;
  return {
    creditLimit: after(CreditLimit, rules.creditLimit) ?? 0n,
    balanceLimit: after(BalanceLimit, rules.balanceLimit),
    perOperation: after(PerOperation, rules.perOperation),
    perDay: after(PerDay, rules.perDay),
    perMonth: after(PerMonth, rules.perMonth),
  };
}

/** How much credit a wallet may have, so that it makes an amount with the balance and all that may come back. */
const mostCredit = ({ balance, returnable }: CurrentWallet): bigint => MAX_AMOUNT - balance - returnable;

function creditRefusal(wallet: CurrentWallet, creditLimit: bigint): Result<never> | undefined {
  const used = wallet.held - wallet.balance;
  if (creditLimit < used)
    return refused('credit_in_use', `CreditLimit must be at least ${used}: so much of it is used`);
  const most = mostCredit(wallet);
  if (creditLimit > most)
    return refused(
      'amount_out_of_range',
      `CreditLimit must be at most ${most}: with the balance it would exceed ${MAX_AMOUNT}`,
    );
  return undefined;
}

const ifOpen = (
  { id, name, rules }: CurrentWallet,
  change: Partial<Rules>,
): Result<{ readonly name: string; readonly rules: Rules }> =>
  rules.isClosed
    ? refused('wallet_closed', `wallet ${id} is closed for good: it can't be changed, but for its name`)
    : ok({ name, rules: { ...rules, ...change } });
