import type { Sql } from '../../../lib/postgres/database.ts';
import type { Tamperings } from './wallets.ts';

type RuleCheck = 'credit' | 'states' | 'limits' | 'spent' | 'rules';

/** What counts for a wallet from its first operation on, by a change that nobody made. */
const changedBefore = (sql: Sql, walletId: bigint, rules: Record<string, bigint | boolean>) =>
  sql`INSERT INTO wallet_changes ${sql({
    ...{ wallet_id: walletId, number: 1n, after_position: 0n, changed_at: '2020-01-01T00:00:00Z' },
    ...{ credit_limit: 0n, frozen_in: false, frozen_out: false, is_closed: false, ...rules },
  })}`;

export const RULE_TAMPERINGS: Tamperings<RuleCheck> = {
  credit: {
    'an operation took more than there was': async (sql, _story, leg) => {
      const { id } = await leg('inFlight', 'debit');
      await sql`UPDATE operations SET balance_after = -1 WHERE id = ${id}`;
      return { operationId: `${id}`, expected: 'at least 0', actual: '-1' };
    },
    'a hold reserved more than there was': async (sql, { wallets, ids }, leg) => {
      const { id } = await leg('held', 'hold');
      const [row] = await sql`SELECT balance FROM wallets WHERE id = ${wallets.usd}`;
      const more = BigInt(row?.['balance']);
      await sql`UPDATE operations SET wallet_amount = wallet_amount + ${more} WHERE id = ${id}`;
      return { walletId: '1', transactionId: ids.held, operationId: `${id}` };
    },
  },
  states: {
    'a wallet was closed before its last operations': async (sql, { wallets }, leg) => {
      const { id } = await leg('transfer', 'debit');
      await changedBefore(sql, wallets.usd, { is_closed: true });
      return { operationId: `${id}`, expected: 'none, as the wallet is closed', actual: 'debit' };
    },
    'a wallet was frozen for what came in': async (sql, { wallets }, leg) => {
      const { id } = await leg('receipt', 'receipt');
      await changedBefore(sql, wallets.usd, { frozen_in: true });
      return { operationId: `${id}`, expected: 'none, as the wallet is frozen', actual: 'receipt' };
    },
    'a wallet was frozen for what went out': async (sql, { wallets }, leg) => {
      const { id } = await leg('capture', 'capture');
      await changedBefore(sql, wallets.usd, { frozen_out: true });
      return { operationId: `${id}`, expected: 'none, as the wallet is frozen', actual: 'capture' };
    },
  },
  limits: {
    'an operation took more than one may': async (sql, { wallets }, leg) => {
      const { id, wallet_amount } = await leg('transfer', 'debit');
      await changedBefore(sql, wallets.usd, { per_operation: 5n });
      return { operationId: `${id}`, expected: 'at most 5', actual: `${wallet_amount}` };
    },
    'operations took more than they may on one day': async (sql, { wallets }, leg) => {
      const { id } = await leg('transfer', 'debit');
      await changedBefore(sql, wallets.usd, { per_day: 5n });
      return { operationId: `${id}`, expected: 'at most 5' };
    },
    'a hold reserved more than may leave the wallet in one month': async (sql, { wallets }, leg) => {
      const { id } = await leg('held', 'hold');
      await changedBefore(sql, wallets.usd, { per_month: 6n });
      return { operationId: `${id}`, expected: 'at most 6' };
    },
    'a balance came to more than it may': async (sql, { wallets }, leg) => {
      const { id, balance_after } = await leg('receipt', 'receipt');
      await changedBefore(sql, wallets.usd, { balance_limit: 7n });
      return { operationId: `${id}`, expected: 'at most 7', actual: `${balance_after}` };
    },
  },
  spent: {
    'a limited wallet counts less than left it': async (sql, { wallets }) => {
      await changedBefore(sql, wallets.eur, { per_day: 9_000_000_000_000n });
      await sql`UPDATE wallets SET is_limited = true WHERE id = ${wallets.eur}`;
      const [spent] = await sql`
        INSERT INTO wallet_limits (wallet_id, per_day, spent_on, spent_day, spent_month)
        SELECT id, 9000000000000, booked_at::date, paid.day - 1, paid.month FROM wallets, LATERAL (
          SELECT sum(wallet_amount) FILTER (WHERE processed_at::date = booked_at::date) AS day,
            sum(wallet_amount) FILTER (WHERE date_trunc('month', processed_at) = date_trunc('month', booked_at)) AS month
          FROM operations WHERE wallet_id = wallets.id AND type_of(leg) = 'out' AND status = 'success' AND refund_of IS NULL
        ) AS paid WHERE id = ${wallets.eur} RETURNING spent_day`;
      const counted = BigInt(spent?.['spent_day']);
      return { walletId: '2', expected: `${counted + 1n} in the day`, actual: `${counted} in the day` };
    },
  },
  rules: {
    'a wallet has credit that nobody gave it': async (sql, { wallets }) => {
      await sql`UPDATE wallets SET credit_limit = 5 WHERE id = ${wallets.thb}`;
      const rest = 'false, false, false, null, null, null, null, false]';
      return { walletId: '3', expected: `[0, ${rest}`, actual: `[5, ${rest}` };
    },
    'a limit was removed': async (sql, { wallets }) => {
      await changedBefore(sql, wallets.thb, { per_day: 5n });
      const [start, end] = ['[0, false, false, false, null, null,', 'null'];
      return {
        ...{ walletId: '3', expected: `${start} 5, ${end}, true]`, actual: `${start} null, ${end}, false]` },
      };
    },
  },
};
