import { expect } from 'vitest';
import type { CheckName } from '../../../lib/books/check.ts';
import type { OffRow } from '../../../lib/books/passes.ts';
import type { Sql } from '../../../lib/postgres/database.ts';
import type { Story } from '../system/books.ts';

/** Changes the books behind the system's back, and answers the row that is to be named. */
export type Tampering = (sql: Sql, story: Story, leg: LegOf) => Promise<Partial<OffRow>>;

/** Reads a leg of one of the story's transactions. */
export type LegOf = (transaction: keyof Story['ids'], leg: string) => Promise<any>;

/** Tamperings by what was done, by the check that finds them. */
export type Tamperings<Name extends CheckName> = Readonly<Record<Name, Readonly<Record<string, Tampering>>>>;

type WalletCheck =
  | 'balances'
  | 'last balances'
  | 'balances after'
  | 'positions'
  | 'chain ends'
  | 'times of booking'
  | 'unlisted'
  | 'checked before'
  | 'held'
  | 'room for returns'
  | 'wallets'
  | 'holds';

/** The digits of one more. */
const next = (digits: bigint): string => (digits + 1n).toString();

export const WALLET_TAMPERINGS: Tamperings<WalletCheck> = {
  balances: {
    'a balance was changed': async (sql, { wallets }) => {
      const [row] =
        await sql`UPDATE wallets SET balance = balance + 1 WHERE id = ${wallets.usd} RETURNING balance`;
      const balance = BigInt(row?.['balance']);
      const where = { walletId: '1', transactionId: null, operationId: null };
      return { ...where, expected: (balance - 1n).toString(), actual: balance.toString() };
    },
    'what a receipt added was changed': async (sql, { wallets }, leg) => {
      const { id } = await leg('converted', 'receipt');
      await sql`UPDATE operations SET wallet_amount = wallet_amount + 1 WHERE id = ${id}`;
      const [row] = await sql`SELECT balance FROM wallets WHERE id = ${wallets.eur}`;
      const balance = BigInt(row?.['balance']);
      return { walletId: '2', expected: next(balance), actual: balance.toString() };
    },
  },
  'last balances': {
    'the last balance after of a wallet was changed': async (sql, _story, leg) => {
      const { id, balance_after } = await leg('inFlight', 'debit');
      await sql`UPDATE operations SET balance_after = balance_after + 1 WHERE id = ${id}`;
      return { operationId: `${id}`, expected: next(balance_after), actual: `${balance_after}` };
    },
  },
  'balances after': {
    'a balance after in the middle was changed': async (sql, _story, leg) => {
      const { id, balance_after } = await leg('refund', 'credit');
      await sql`UPDATE operations SET balance_after = balance_after + 1 WHERE id = ${id}`;
      return { operationId: `${id}`, expected: `${balance_after}`, actual: next(balance_after) };
    },
  },
  positions: {
    'an operation in the middle of a chain was deleted': async (sql, { ids }) => {
      await sql`DELETE FROM operations WHERE transaction_id = ${ids.nothing}::uuid`;
      return { walletId: '2', expected: '2', actual: '3' };
    },
    'the last operation of a chain was deleted': async (sql, _story, leg) => {
      const { id, position } = await leg('capture', 'credit');
      await sql`DELETE FROM operations WHERE id = ${id}`;
      return { walletId: '3', expected: `${position}`, actual: `${position - 1n}` };
    },
    'a settled operation was inserted': async (sql, { wallets }) => {
      await sql`
        INSERT INTO operations (id, transaction_id, leg, wallet_id, amount, currency, status, wallet_amount,
          balance_after, currency_rate, wallet_rate, position, hash, created_at, processed_at, correlation_id)
        SELECT 777, gen_random_uuid(), 'receipt', id, 7, 'USD', 'success', 7, balance + 7, 1000000000000, 1000000000000,
          chain_length + 1, sha256('x'), now(), now(), 'c' FROM wallets WHERE id = ${wallets.other}`;
      return { walletId: '4', expected: '5', actual: '6' };
    },
  },
  'chain ends': {
    'the hash of the last operation was changed': async (sql, _story, leg) => {
      const { id } = await leg('capture', 'credit');
      const [row] =
        await sql`UPDATE operations SET hash = sha256(hash) WHERE id = ${id} RETURNING encode(hash, 'hex') AS hash`;
      return { walletId: '3', operationId: `${id}`, expected: row?.['hash'] };
    },
    'the time of a wallet was changed': async (sql, { wallets }) => {
      await sql`UPDATE wallets SET booked_at = '2020-01-01' WHERE id = ${wallets.thb}`;
      return { walletId: '3', actual: '2020-01-01 00:00:00+00' };
    },
    'the count of a wallet was changed': async (sql, { wallets }) => {
      await sql`UPDATE wallets SET unlisted = unlisted + 1 WHERE id = ${wallets.thb}`;
      return { walletId: '3', expected: '1 unlisted', actual: '2 unlisted' };
    },
  },
  'times of booking': {
    'an operation was booked before the previous one': async (sql, _story, leg) => {
      const { id } = await leg('refund', 'credit');
      await sql`UPDATE operations SET processed_at = '2020-01-01' WHERE id = ${id}`;
      return { operationId: `${id}`, actual: '2020-01-01 00:00:00+00' };
    },
  },
  unlisted: {
    'the count of an operation was changed': async (sql, _story, leg) => {
      const { id } = await leg('held', 'hold');
      const [row] =
        await sql`UPDATE operations SET unlisted = unlisted + 1 WHERE id = ${id} RETURNING unlisted`;
      const unlisted = BigInt(row?.['unlisted']);
      return { walletId: '1', operationId: `${id}`, expected: `${unlisted - 1n}`, actual: `${unlisted}` };
    },
  },
  'checked before': {
    'an operation that was checked is another now': async (sql, { wallets }) => {
      await sql`
        INSERT INTO book_checks (wallet_id, position, balance, unlisted, hash, booked_at)
        SELECT wallet_id, position, balance_after, coalesce(unlisted, 0), sha256(hash), processed_at FROM operations
        WHERE wallet_id = ${wallets.usd} AND position = 1`;
      const [row] = await sql`
        SELECT id, encode(hash, 'hex') AS hash FROM operations WHERE wallet_id = ${wallets.usd} AND position = 1`;
      return { walletId: '1', operationId: `${row?.['id']}`, actual: row?.['hash'] };
    },
  },
  held: {
    'what a wallet holds back was changed': async (sql, { wallets }) => {
      await sql`UPDATE wallets SET held = held - 1 WHERE id = ${wallets.usd}`;
      return { walletId: '1', expected: '13000000', actual: '12999999' };
    },
    'an active hold was inserted': async (sql, { wallets }) => {
      await sql`
        INSERT INTO holds (id, wallet_id, amount, currency, status, position, wallet_amount, currency_rate, wallet_rate, expires_at)
        VALUES (gen_random_uuid(), ${wallets.usd}, 5, 'USD', 'active', 1, 5, 1, 1, now())`;
      return { walletId: '1', expected: '13000005', actual: '13000000' };
    },
  },
  'room for returns': {
    'the room for what may come back was taken away': async (sql, { wallets }) => {
      await sql`UPDATE wallets SET returnable = 0 WHERE id = ${wallets.eur}`;
      return { walletId: '2', expected: 'at least 54546', actual: '0' };
    },
    'there is more room than a balance can have': async (sql, { wallets }) => {
      await sql`ALTER TABLE wallets DROP CONSTRAINT room_for_returns`;
      const [row] = await sql`
        UPDATE wallets SET returnable = 9223372036854775807 WHERE id = ${wallets.eur} RETURNING balance`;
      const room = 9_223_372_036_854_775_807n - BigInt(row?.['balance']);
      return { walletId: '2', expected: `at most ${room}`, actual: '9223372036854775807' };
    },
  },
  wallets: {
    'a wallet was deleted': async (sql, { wallets }) => {
      await sql`DELETE FROM wallets WHERE id = ${wallets.thb}`;
      return { walletId: '3', expected: 'wallet 3', actual: 'none' };
    },
    'a pending operation was moved to a wallet that is not there': async (sql, { ids }) => {
      await sql`UPDATE pending_operations SET wallet_id = 999 WHERE transaction_id = ${ids.pending}::uuid`;
      return { walletId: '999', expected: 'wallet 999', actual: 'none' };
    },
  },
  holds: {
    'an active hold was inserted that has no operation': async (sql, { wallets }) => {
      const [hold] = await sql`
        INSERT INTO holds (id, wallet_id, amount, currency, status, position, wallet_amount, currency_rate, wallet_rate, expires_at)
        VALUES (gen_random_uuid(), ${wallets.usd}, 5, 'USD', 'active', 1, 5, 1, 1, now()) RETURNING id`;
      return { walletId: '1', transactionId: hold?.['id'], expected: 'none', actual: 'active' };
    },
    'the status of a hold was changed': async (sql, { ids }) => {
      await sql`UPDATE holds SET status = 'active' WHERE id = ${ids.captured}::uuid`;
      return { transactionId: ids.captured, expected: 'captured', actual: 'active' };
    },
    'the amount of a hold was changed': async (sql, { ids }, leg) => {
      await sql`UPDATE holds SET amount = amount - 1 WHERE id = ${ids.released}::uuid`;
      const { id } = await leg('release', 'release');
      return {
        operationId: `${id}`,
        expected: '10999999 of wallet 1',
        actual: 'release of 11000000 of wallet 1',
      };
    },
    'a hold was settled twice': async (sql, { ids }, leg) => {
      const { id } = await leg('tooLate', 'release');
      await sql`
        UPDATE operations SET status = 'success', reason = NULL, wallet_amount = amount, currency_rate = 1000000000000,
          wallet_rate = 1000000000000, balance_after = (SELECT balance_after FROM operations AS capture
            WHERE capture.transaction_id = ${ids.capture}::uuid AND leg = 'capture')
        WHERE id = ${id}`;
      return { transactionId: ids.captured, expected: 'captured and released', actual: 'captured' };
    },
    'what was captured of a hold was changed': async (sql, { ids }) => {
      await sql`UPDATE holds SET captured = 3999999 WHERE id = ${ids.captured}::uuid`;
      const [expected, actual] = ['4000000 captured for 4000000', '3999999 captured for 4000000'];
      return { transactionId: ids.captured, expected, actual };
    },
    'more was captured than the hold allows': async (sql, { ids }) => {
      await sql`UPDATE operations SET amount = 10000001 WHERE transaction_id = ${ids.capture}::uuid AND leg = 'capture'`;
      return { transactionId: ids.captured, expected: 'at most 10000000 captured', actual: '4000000' };
    },
    'the rate of a hold was changed': async (sql, { ids }) => {
      await sql`UPDATE holds SET wallet_rate = 7 WHERE id = ${ids.held}::uuid`;
      const place = (rate: string) =>
        expect.stringMatching(new RegExp(`^place \\d+ 13000000 at 1000000000000 ${rate}$`));
      return { transactionId: ids.held, expected: place('1000000000000'), actual: place('7') };
    },
    'a hold is in another currency than its leg': async (sql, _story, leg) => {
      const { id } = await leg('held', 'hold');
      await sql`UPDATE operations SET currency = 'THB' WHERE id = ${id}`;
      const [expected, actual] = ['13000000 USD of wallet 1', 'hold of 13000000 THB of wallet 1'];
      return { operationId: `${id}`, expected, actual };
    },
    'a payout was confirmed and cancelled': async (sql, { ids }) => {
      await sql`
        INSERT INTO operations (id, transaction_id, leg, wallet_id, amount, currency, hold_id, status, wallet_amount,
          balance_after, currency_rate, wallet_rate, position, hash, created_at, processed_at, correlation_id)
        SELECT 777777, transaction_id, 'payout_cancel', wallet_id, amount, currency, hold_id, status, wallet_amount,
          balance_after, currency_rate, wallet_rate, 777, hash, created_at, processed_at, correlation_id
        FROM operations WHERE transaction_id = ${ids.confirmed}::uuid AND leg = 'payout'`;
      return { transactionId: ids.confirmed, expected: 'captured and released', actual: 'captured' };
    },
    'a hold was deleted': async (sql, { ids }, leg) => {
      await sql`DELETE FROM holds WHERE id = ${ids.expired}::uuid`;
      const { id } = await leg('expired', 'hold');
      return { operationId: `${id}`, expected: 'none', actual: 'hold of 12000000 of wallet 2' };
    },
  },
};
