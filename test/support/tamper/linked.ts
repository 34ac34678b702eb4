import type { Tamperings } from './wallets.ts';

export const LINKED_TAMPERINGS: Tamperings<'linked transactions'> = {
  'linked transactions': {
    'a leg was deleted': async (sql, { ids }) => {
      await sql`DELETE FROM operations WHERE transaction_id = ${ids.linked}::uuid AND leg = 'linked_receipt'`;
      return { transactionId: ids.linked, expected: '5 legs', actual: '4' };
    },
    'one leg was declined after the fact': async (sql, { ids }) => {
      await sql`
        UPDATE operations SET status = 'decline', reason = 'balance_limit', wallet_amount = NULL, balance_after = NULL,
          currency_rate = NULL, wallet_rate = NULL
        WHERE transaction_id = ${ids.linked}::uuid AND number = 3 AND leg = 'linked_credit'`;
      return { transactionId: ids.linked, expected: 'one status', actual: 'decline and success' };
    },
    'all were declined because of each other': async (sql, { ids }) => {
      await sql`UPDATE operations SET reason = 'linked_declined' WHERE transaction_id = ${ids.split}::uuid`;
      return { transactionId: ids.split, expected: 'one reason', actual: '0' };
    },
    'a credit brings more than its debit took': async (sql, { ids }) => {
      await sql`
        UPDATE operations SET amount = amount + 1 WHERE transaction_id = ${ids.split}::uuid AND number = 1 AND leg = 'linked_credit'`;
      return { transactionId: ids.split, expected: 'a transfer 1 with one end at each wallet' };
    },
    'a debit is with another wallet': async (sql, { ids }) => {
      await sql`
        UPDATE operations SET counterparty_id = 1 WHERE transaction_id = ${ids.linked}::uuid AND number = 2 AND leg = 'linked_debit'`;
      return { transactionId: ids.linked, expected: 'a transfer 2 with one end at each wallet' };
    },
    'a leg is pending again': async (sql, { ids }) => {
      await sql`
        INSERT INTO pending_operations (id, transaction_id, leg, wallet_id, wallet_group, counterparty_id, amount, currency,
          correlation_id, number, linked_legs)
        SELECT id, transaction_id, leg, wallet_id, 1, counterparty_id, amount, currency, correlation_id, number, linked_legs
        FROM operations WHERE transaction_id = ${ids.split}::uuid AND number = 2 AND leg = 'linked_debit'`;
      return { transactionId: ids.split, expected: '4 legs', actual: '5' };
    },
  },
};
