import { known } from '../ledger/known.ts';
import { DECLINE_REASONS, type DeclineReason } from '../ledger/leg.ts';
import { addMoved, type Money } from '../ledger/money-moved.ts';
import { bucketOf, countAt } from '../ledger/settle-times.ts';
import { array, type Statements, type Tx } from '../postgres/database.ts';
import { rows } from '../postgres/rows.ts';
import type { ChainedOperation } from './writes.ts';

/** What a transaction settles, added up while it does. */
export interface RollUp {
  succeeded: number;
  declined: number;
  /** Operations by bucket of settle time, and declined ones by the number of their reason. */
  readonly settleTimes: number[];
  readonly declines: number[];
  /** By currency. */
  readonly money: Map<string, Money>;
  readonly currencyOf: ReadonlyMap<bigint, string>;
  readonly settledMs: number;
}

/** @param settledAt the time of settling, in RFC 3339 */
export const startRollUp = (
  wallets: readonly { readonly id: bigint; readonly currency: string }[],
  settledAt: string,
): RollUp => ({
  succeeded: 0,
  declined: 0,
  settleTimes: [],
  declines: [],
  money: new Map(),
  currencyOf: new Map(wallets.map(({ id, currency }) => [id, currency])),
  settledMs: Date.parse(settledAt),
});

/**
 * Adds settled operations. Every one counts that somebody asked for, those about holds as well, and each leg of a transaction by
 * itself. Only the expiry of a hold does not: nobody waits for it, and it is accepted when it is settled.
 */
export function rollUp(sums: RollUp, operations: readonly ChainedOperation[]): void {
  // Those of one request were accepted at one time, and a time is costly to read.
  let [createdAt, bucket] = ['', 0];
  for (const operation of operations) {
    addMoved(sums.money, operation, known(sums.currencyOf.get(operation.walletId), 'currency of a wallet'));
    if (operation.leg === 'expiry') continue;
    if (operation.createdAt !== createdAt) {
      createdAt = operation.createdAt;
      bucket = bucketOf(sums.settledMs - Date.parse(createdAt));
    }
    countAt(sums.settleTimes, bucket);
    if (operation.status === 'success') sums.succeeded += 1;
    else {
      sums.declined += 1;
      countAt(sums.declines, NUMBER_OF[known(operation.reason, 'reason of a decline')]);
    }
  }
}

const NUMBER_OF = Object.fromEntries(DECLINE_REASONS.map((reason, number) => [reason, number])) as Readonly<
  Record<DeclineReason, number>
>;

/**
 * Adds what the transaction settled to the rows of its minute that are its connection's own: another transaction of this
 * connection begins after this one, so nobody waits.
 */
export async function writeRollUp(tx: Tx, sums: RollUp, settledAt: string): Promise<void> {
  const { succeeded, declined, settleTimes, declines } = sums;
  const moved = Array.from(sums.money, ([currency, money]) => ({ currency, ...money })).filter(
    ({ inWallets, inTransit }) => inWallets !== 0n || inTransit !== 0n,
  );
  if (succeeded + declined === 0 && moved.length === 0) return;
  const money = rows(tx, 'moved', moved, {
    currency: ['text', ({ currency }) => currency],
    in_wallets: ['numeric', ({ inWallets }) => inWallets],
    in_transit: ['numeric', ({ inTransit }) => inTransit],
  });
  await tx`
    WITH counted AS (
      INSERT INTO settled_minutes AS kept (minute, backend, succeeded, declined, settle_times, declines)
      VALUES (date_trunc('minute', ${settledAt}::timestamptz, 'UTC'), pg_backend_pid(), ${succeeded}, ${declined},
        ${array(settleTimes)}::integer[], ${array(declines)}::integer[])
      ON CONFLICT (minute, backend) DO UPDATE SET succeeded = kept.succeeded + excluded.succeeded,
        declined = kept.declined + excluded.declined,
        settle_times = ${eachSum(tx, 'settle_times')}, declines = ${eachSum(tx, 'declines')}
    )
    INSERT INTO money_minutes AS kept (minute, backend, currency, in_wallets, in_transit)
    SELECT date_trunc('minute', ${settledAt}::timestamptz, 'UTC'), pg_backend_pid(), currency, in_wallets, in_transit
    FROM ${money}
    ON CONFLICT (minute, backend, currency) DO UPDATE SET in_wallets = kept.in_wallets + excluded.in_wallets,
      in_transit = kept.in_transit + excluded.in_transit`;
}

/** The sums of two arrays of numbers, place by place, whichever is longer: of what a row has and of what is added. */
export const eachSum = (sql: Statements, column: 'settle_times' | 'declines') => sql`
  ARRAY(SELECT coalesce(own, 0) + coalesce(more, 0)
    FROM unnest(${sql(`kept.${column}`)}, ${sql(`excluded.${column}`)}) AS each(own, more))`;
