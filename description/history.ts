import * as z from 'zod';
import { getHistory } from '../functions/read-wallets.ts';
import type { HistoryView } from '../lib/reports/history.ts';
import type { RatesPage } from '../lib/wallets/rate-history.ts';
import { type Described, get } from './described.ts';
import { currency, EXACT, signedAmount, time, walletId } from './field-schemas.ts';
import { rate } from './schemas.ts';

const point = z
  .strictObject({
    At: time('When the operation was booked'),
    Balance: signedAmount('The balance after it'),
    // A position is no amount and no id: it stays a number, like those of operations, which may be null.
    Position: z.bigint().meta({
      ...{ type: 'integer', minimum: 1, [EXACT]: false },
      description: "Its number among the wallet's operations.",
    }),
  })
  .meta({ id: 'HistoryPoint' });

const history = z
  .strictObject({
    WalletId: walletId(),
    Currency: currency,
    From: time('The beginning of the period, which is part of it'),
    To: time('The end of the period, which is not part of it'),
    IsSampled: z.boolean().meta({ description: 'Whether there are operations between the points.' }),
    Balance: signedAmount('The balance at `From`, before what was booked then'),
    Points: z.array(point).readonly(),
  })
  .meta({ id: 'History' }) satisfies z.ZodType<HistoryView>;

export const ratesPage = z
  .strictObject({
    Currency: currency,
    Rates: z
      .array(z.strictObject({ Rate: rate, SetAt: time('From when on it was so') }).meta({ id: 'PastRate' }))
      .readonly(),
    Next: time('The `to` of the next page, which has older ones; null on the last').nullable(),
  })
  .meta({ id: 'RatesPage' }) satisfies z.ZodType<RatesPage>;

/** The route of a wallet's history. */
export const histories: readonly Described[] = [
  get(getHistory, {
    operationId: 'getHistory',
    tag: 'Reports',
    summary: "A wallet's balance over a period",
    description:
      'At most `points` points, however many operations there are: all of them in the order of booking, or some at even distances in that order, the last one ' +
      'among them. What was declined is no point. Between two points the balance may have been another one if `IsSampled` is true. `from` is one month ago by ' +
      'default, `to` is now.',
    reply: history,
    refusals: ['fields_missing', 'wallet_not_found'],
  }),
];
