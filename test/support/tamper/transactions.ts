import type { CheckName } from '../../../lib/books/check.ts';
import type { Sql } from '../../../lib/postgres/database.ts';
import type { LINKED_TAMPERINGS } from './linked.ts';
import type { RULE_TAMPERINGS } from './rules.ts';
import type { Tamperings, WALLET_TAMPERINGS } from './wallets.ts';

type TransactionCheck = Exclude<
  CheckName,
  keyof typeof WALLET_TAMPERINGS | keyof typeof RULE_TAMPERINGS | keyof typeof LINKED_TAMPERINGS
>;

export const TRANSACTION_TAMPERINGS: Tamperings<TransactionCheck> = {
  'zero sums': {
    'the entries do not sum to zero, as the view leaves some out': async (sql) => {
      await sql`ALTER VIEW ledger_entries RENAME TO entries`;
      await sql`CREATE VIEW ledger_entries AS SELECT * FROM entries WHERE account <> 'outside'`;
      return { walletId: null, expected: '0 EUR', actual: '70000001 EUR' };
    },
  },
  'money in transit': {
    'a pending credit was deleted': async (sql, { ids }, leg) => {
      await sql`DELETE FROM pending_operations WHERE id = ${(await leg('inFlight', 'credit')).id}`;
      return { transactionId: ids.inFlight, expected: '0 THB', actual: '2000003 THB' };
    },
    'a credit was settled in another currency': async (sql, _story, leg) => {
      await sql`UPDATE operations SET currency = 'THB' WHERE id = ${(await leg('transfer', 'credit')).id}`;
      return { transactionId: null, expected: '2000003 THB', actual: '-98000004 THB' };
    },
  },
  'money totals': {
    'a total was made up': async (sql) => {
      const [row] = await sql`SELECT sum(balance) AS sum FROM wallets WHERE currency = 'EUR'`;
      await sql`INSERT INTO money_totals (currency, in_wallets, in_transit) VALUES ('EUR', 7, 0)`;
      const sum = BigInt(row?.['sum']);
      return { walletId: null, expected: `${sum} EUR in wallets`, actual: `${sum + 7n} EUR in wallets` };
    },
    'a minute was lost': async (sql) => {
      await sql`DELETE FROM money_minutes WHERE in_transit <> 0`;
      return { walletId: null, expected: '2000003 THB in transit', actual: '0 THB in transit' };
    },
  },
  'settled once': {
    'an operation is pending again': async (sql, { ids }, leg) => {
      const { id } = await leg('transfer', 'debit');
      await sql`
        INSERT INTO pending_operations (id, transaction_id, leg, wallet_id, wallet_group, counterparty_id, amount,
          currency, correlation_id)
        SELECT id, transaction_id, leg, wallet_id, 1, counterparty_id, amount, currency, correlation_id
        FROM operations WHERE id = ${id}`;
      const row = { walletId: '1', transactionId: ids.transfer, operationId: `${id}` };
      return { ...row, expected: 'one debit', actual: 'pending and settled' };
    },
  },
  beginnings: {
    'a transaction has a second beginning': async (sql, { ids }) => {
      await sql`
        INSERT INTO pending_operations (transaction_id, leg, wallet_id, wallet_group, amount, currency, correlation_id)
        VALUES (${ids.transfer}::uuid, 'receipt', 1, 1, 5, 'EUR', 'c')`;
      return { transactionId: ids.transfer, expected: '1 leg', actual: 'debit and receipt' };
    },
    'a debit was deleted whose credit is there': async (sql, { ids }, leg) => {
      await sql`DELETE FROM operations WHERE id = ${(await leg('transfer', 'debit')).id}`;
      return { transactionId: ids.transfer, expected: '1 leg', actual: 'none' };
    },
  },
  credits: {
    'the amount of a debit was changed': async (sql, _story, leg) => {
      const { id } = await leg('transfer', 'credit');
      await sql`UPDATE operations SET amount = amount + 1 WHERE id = ${(await leg('transfer', 'debit')).id}`;
      const rest = 'EUR from wallet 1 to wallet 2 for 109380908 USD';
      return { operationId: `${id}`, expected: `100000008 ${rest}`, actual: `100000007 ${rest}` };
    },
    'a credit was given to another wallet': async (sql, _story, leg) => {
      const { id } = await leg('inFlight', 'credit');
      await sql`UPDATE pending_operations SET wallet_id = 4 WHERE id = ${id}`;
      const [amounts, from] = ['2000003 THB', 'from wallet 2 to wallet'];
      const row = { walletId: '4', operationId: `${id}`, expected: `${amounts} ${from} 3 for 54546 EUR` };
      return { ...row, actual: `${amounts} ${from} 4 for 54546 EUR` };
    },
    'a credit that is under way was deleted': async (sql, { ids }, leg) => {
      await sql`DELETE FROM pending_operations WHERE id = ${(await leg('inFlight', 'credit')).id}`;
      const { id } = await leg('inFlight', 'debit');
      const row = { walletId: '3', transactionId: ids.inFlight, operationId: `${id}` };
      return { ...row, expected: '2000003 THB from wallet 2 to wallet 3 for 54546 EUR', actual: 'none' };
    },
    'a pending credit was inserted': async (sql) => {
      const [made] = await sql`
        INSERT INTO pending_operations (transaction_id, leg, wallet_id, wallet_group, counterparty_id, amount, currency,
          origin_amount, origin_currency, correlation_id)
        VALUES (gen_random_uuid(), 'credit', 1, 1, 2, 5, 'EUR', 5, 'EUR', 'c') RETURNING id, transaction_id`;
      const row = { walletId: '1', transactionId: made?.['transaction_id'], operationId: `${made?.['id']}` };
      return { ...row, expected: 'none', actual: '5 EUR from wallet 2 to wallet 1 for 5 EUR' };
    },
    'a debit was declined after the fact': async (sql, { ids }, leg) => {
      await decline(sql, (await leg('transfer', 'debit')).id, 'insufficient_funds');
      const { id } = await leg('transfer', 'credit');
      return { transactionId: ids.transfer, operationId: `${id}`, expected: 'none' };
    },
  },
  returns: {
    'a credit that succeeded was declined after the fact': async (sql, { ids }, leg) => {
      const { id } = await leg('transfer', 'credit');
      await decline(sql, id, 'balance_limit');
      const expected = '109380908 USD from wallet 2 to wallet 1 after balance_limit';
      return { transactionId: ids.transfer, operationId: `${id}`, expected, actual: 'none' };
    },
    'a pending return was deleted': async (sql, { ids }, leg) => {
      await sql`DELETE FROM pending_operations WHERE id = ${(await leg('giving', 'return')).id}`;
      const { id } = await leg('giving', 'credit');
      const row = { transactionId: ids.giving, operationId: `${id}`, actual: 'none' };
      return { ...row, expected: '2 USD from wallet 2 to wallet 1 after amount_too_small' };
    },
    'a return gives back more than was taken': async (sql, _story, leg) => {
      const { id } = await leg('giving', 'return');
      await sql`UPDATE pending_operations SET amount = 1000 WHERE id = ${id}`;
      const actual = '1000 USD from wallet 2 to wallet 1 after amount_too_small';
      return { operationId: `${id}`, actual };
    },
  },
  conversions: {
    'the rate of an operation was changed': async (sql, _story, leg) => {
      const { id } = await leg('transfer', 'debit');
      await sql`UPDATE operations SET currency_rate = currency_rate + 1000000 WHERE id = ${id}`;
      return { operationId: `${id}`, expected: '109381008', actual: '109380908' };
    },
    'what a receipt added was changed': async (sql, _story, leg) => {
      const { id } = await leg('converted', 'receipt');
      await sql`UPDATE operations SET wallet_amount = wallet_amount + 1 WHERE id = ${id}`;
      return { walletId: '2', operationId: `${id}`, expected: '13602923', actual: '13602924' };
    },
    'what was taken for a debit was rounded down': async (sql, _story, leg) => {
      const { id, wallet_amount } = await leg('inFlight', 'debit');
      await sql`UPDATE operations SET wallet_amount = wallet_amount - 1 WHERE id = ${id}`;
      return { operationId: `${id}`, expected: `${wallet_amount}`, actual: `${wallet_amount - 1n}` };
    },
    'a return is in another currency than its wallet': async (sql, _story, leg) => {
      const { id } = await leg('returned', 'return');
      await sql`UPDATE operations SET currency = 'THB' WHERE id = ${id}`;
      return { operationId: `${id}`, expected: '2 USD', actual: '2 THB' };
    },
  },
  rates: {
    'an operation was given rates that never were': async (sql, _story, leg) => {
      const { id } = await leg('receipt', 'receipt');
      await sql`UPDATE operations SET currency_rate = 7, wallet_rate = 7 WHERE id = ${id}`;
      return { operationId: `${id}`, expected: 'a rate of USD', actual: '7' };
    },
    'the currency of a wallet was changed': async (sql, { wallets }, leg) => {
      await sql`UPDATE wallets SET currency = 'THB' WHERE id = ${wallets.usd}`;
      const { id } = await leg('receipt', 'receipt');
      return { operationId: `${id}`, expected: 'a rate of THB', actual: '1000000000000' };
    },
    'a rate was removed from the history': async (sql, _story, leg) => {
      await sql`DELETE FROM currency_rates WHERE name = 'EUR' AND rate = 1093809000000`;
      const { id } = await leg('transfer', 'debit');
      return { operationId: `${id}`, expected: 'a rate of EUR', actual: '1093809000000' };
    },
  },
  captures: {
    'a capture took more than its share': async (sql, _story, leg) => {
      const { id } = await leg('part', 'part_capture');
      await sql`UPDATE operations SET wallet_amount = wallet_amount + 1 WHERE id = ${id}`;
      const rates = 'at 30000000000 1000000000000';
      return { operationId: `${id}`, expected: `30001 ${rates}`, actual: `30002 ${rates}` };
    },
    'a capture was rounded up by itself': async (sql, _story, leg) => {
      const { id } = await leg('secondPart', 'capture');
      await sql`UPDATE operations SET wallet_amount = wallet_amount + 1 WHERE id = ${id}`;
      const rates = 'at 30000000000 1000000000000';
      return { operationId: `${id}`, expected: `30000 ${rates}`, actual: `30001 ${rates}` };
    },
    'a payout that was held took another amount': async (sql, _story, leg) => {
      const { id } = await leg('confirmed', 'payout');
      await sql`UPDATE operations SET wallet_amount = wallet_amount - 1 WHERE id = ${id}`;
      const rates = 'at 1000000000000 1000000000000';
      return { operationId: `${id}`, expected: `3000001 ${rates}`, actual: `3000000 ${rates}` };
    },
  },
  refunds: {
    'what counts as refunded was changed': async (sql, { ids }) => {
      await sql`UPDATE refund_totals SET refunded = 1 WHERE transaction_id = ${ids.transfer}::uuid`;
      return { transactionId: ids.transfer, expected: '30000001 refunded', actual: '1' };
    },
    'what may be refunded was changed': async (sql, { ids }) => {
      await sql`UPDATE refund_totals SET amount = amount + 5 WHERE transaction_id = ${ids.transfer}::uuid`;
      return { transactionId: ids.transfer, expected: '100000007 paid', actual: '100000012' };
    },
    'a refund total was deleted': async (sql, { ids }) => {
      await sql`DELETE FROM refund_totals WHERE transaction_id = ${ids.toRefund}::uuid`;
      return { transactionId: ids.toRefund, expected: '40000000 refunded', actual: 'none' };
    },
    'more was refunded than was paid': async (sql, { ids }) => {
      await sql`ALTER TABLE refund_totals DROP CONSTRAINT no_more_than_was_paid`;
      await sql`
        INSERT INTO pending_operations (transaction_id, leg, wallet_id, wallet_group, amount, currency, refund_of,
          correlation_id)
        VALUES (gen_random_uuid(), 'payout', 4, 1, 1, 'RUB', ${ids.toRefund}::uuid, 'c')`;
      await sql`UPDATE refund_totals SET refunded = refunded + 1 WHERE transaction_id = ${ids.toRefund}::uuid`;
      return { transactionId: ids.toRefund, expected: 'at most 40000000 refunded', actual: '40000001' };
    },
    'a refund is of another wallet than the one that was paid': async (sql, _story, leg) => {
      const { id } = await leg('payout', 'payout');
      await sql`UPDATE operations SET wallet_id = 1, position = 999 WHERE id = ${id}`;
      const [expected, actual] = ['payout of RUB from wallet 4', 'payout of RUB from wallet 1'];
      return { operationId: `${id}`, expected, actual };
    },
  },
  details: {
    'what a transfer is known by was deleted': async (sql, { ids }, leg) => {
      await sql`DELETE FROM transaction_details WHERE transaction_id = ${ids.transfer}::uuid`;
      const { id } = await leg('transfer', 'credit');
      const row = { walletId: '2', transactionId: ids.transfer, operationId: `${id}` };
      return { ...row, expected: 'details', actual: 'none' };
    },
    'a return says that nothing was given': async (sql, { ids }, leg) => {
      const { id } = await leg('returned', 'return');
      await sql`UPDATE operations SET has_details = false WHERE id = ${id}`;
      const row = { transactionId: ids.returned, operationId: `${id}` };
      return { ...row, expected: 'no details', actual: 'details' };
    },
    'a reference of no transaction was inserted': async (sql) => {
      const [row] = await sql`
        INSERT INTO transaction_details (transaction_id, owner, reference) VALUES (gen_random_uuid(), '', 'nothing')
        RETURNING transaction_id`;
      const nowhere = { walletId: null, operationId: null, transactionId: row?.['transaction_id'] };
      return { ...nowhere, expected: 'a transaction', actual: 'none' };
    },
  },
};

async function decline(sql: Sql, id: bigint, reason: string): Promise<void> {
  await sql`
    UPDATE operations SET status = 'decline', reason = ${reason}::decline_reason, wallet_amount = NULL,
      balance_after = NULL, currency_rate = NULL, wallet_rate = NULL
    WHERE id = ${id}`;
}
