import * as z from 'zod';
import { getStory } from '../functions/read-transactions.ts';
import { ACCOUNTS } from '../lib/ledger/entries.ts';
import { LEGS, OPERATION_TYPES, TRANSACTION_STATUSES } from '../lib/ledger/leg.ts';
import type { StoryLeg } from '../lib/story/legs.ts';
import type { StoryView } from '../lib/story/story.ts';
import { DELIVERY_STATUSES } from '../lib/webhooks/deliveries.ts';
import { type Described, get } from './described.ts';
import { amount, currency, integer, signedAmount, signedSum, time, uuid, walletId } from './field-schemas.ts';
import { hold, operation, transaction } from './schemas.ts';

const rateText = (of: string) =>
  z
    .string()
    .nullable()
    .meta({ description: `USD per unit of ${of}, as decimal text; null if it did not succeed.` });

const leg = operation
  .extend({
    Type: z.enum(OPERATION_TYPES).nullable().meta({ description: 'Null if it is about a hold alone.' }),
    Leg: z.enum(LEGS).meta({ description: 'What it does.' }),
    CurrencyRate: rateText('its currency'),
    WalletRate: rateText("its wallet's currency"),
    BalanceBefore: signedAmount("The wallet's balance before it").nullable(),
    Exact: z
      .string()
      .nullable()
      .meta({
        description:
          "What it comes to in the wallet's currency before it is rounded: millionths of a unit as decimal text, cut after 18 digits behind the " +
          'point. Null if nothing was converted.',
      }),
    Hash: z.string().nullable().meta({ description: 'In hexadecimal; null while it is pending.' }),
    EventId: z.string().nullable().meta({ description: 'The `EventId` of its event; null if it has none.' }),
  })
  .meta({
    id: 'StoryLeg',
    description: 'An operation with all that the journal has of it.',
  }) satisfies z.ZodType<StoryLeg>;

const entry = z
  .strictObject({
    Account: z.enum(ACCOUNTS).meta({
      description:
        '`outside`: the world; `transit`: what left its origin and did not arrive yet; `exchange`: what takes in one currency and gives ' +
        'another, rounding included.',
    }),
    WalletId: walletId('Of the account `wallet`.').nullable(),
    Currency: currency,
    Amount: signedSum('What came in; negative for what went out'),
  })
  .meta({ id: 'Entry', description: 'A part of the double entry.' });

const refund = z
  .strictObject({
    TransactionId: uuid("The refund's id."),
    Amount: amount('What it gives back').nullable(),
    Currency: currency.nullable(),
    Status: z.enum(TRANSACTION_STATUSES),
    CreatedAt: time('When it was accepted'),
  })
  .meta({
    id: 'RefundOfStory',
    description: 'Amount and currency are null of a linked transaction, given back whole.',
  });

const delivery = z
  .strictObject({
    WebhookId: uuid("The webhook's id."),
    MessageId: z.string(),
    Type: z.string().meta({ description: "The event's type." }),
    Status: z.enum(DELIVERY_STATUSES),
    Attempts: integer('Since it was sent, or sent again.'),
    AttemptedAt: time('When it was last posted').nullable(),
    AnswerStatus: integer('The HTTP status of the last answer; null if there was none.').nullable(),
  })
  .meta({ id: 'StoryDelivery' });

const story = z
  .strictObject({
    Transaction: transaction,
    CorrelationId: z.string().meta({ description: 'That of the request that it came from.' }),
    Legs: z.array(leg).readonly(),
    Entries: z.array(entry).readonly().meta({
      description: 'By account, wallet and currency; what comes to nothing is left out.',
    }),
    Sums: z
      .array(
        z
          .strictObject({ Currency: currency, Amount: signedSum('0, or something is wrong') })
          .meta({ id: 'EntrySum' }),
      )
      .readonly(),
    Refunds: z.array(refund).readonly(),
    RefundOf: uuid('Of a refund: the transaction that it gives back.').nullable(),
    Hold: hold.nullable(),
    Deliveries: z.array(delivery).readonly().meta({
      description: 'To webhooks, of the events of its legs, in the last 14 days.',
    }),
    IsCut: z
      .boolean()
      .meta({ description: 'Whether there are more refunds or deliveries than the 100 of each here.' }),
  })
  .meta({ id: 'Story' }) satisfies z.ZodType<StoryView>;

/** The route of a transaction's story. */
export const stories: readonly Described[] = [
  get(getStory, {
    operationId: 'getStory',
    tag: 'Transactions',
    summary: 'All that is known of a transaction',
    description:
      'Each leg with its rates, rounding, balances and hash, those about holds alone included; the double entry; refunds, the hold and deliveries ' +
      'that belong to it.',
    reply: story,
    refusals: ['fields_missing', 'transaction_not_found'],
  }),
];
