import * as z from 'zod';
import {
  HOLD_KINDS,
  HOLD_STATUSES,
  OPERATION_STATUSES,
  OPERATION_TYPES,
  TRANSACTION_STATUSES,
} from '../lib/ledger/leg.ts';
import { DIRECTIONS, WALLET_STATUSES } from '../lib/ledger/limits.ts';
import type { BalanceView } from '../lib/reports/balance.ts';
import type { TriedWallet } from '../lib/reports/dry-run.ts';
import type { OperationView } from '../lib/reports/operation-view.ts';
import type { OperationsPage } from '../lib/reports/operations.ts';
import type { Totals } from '../lib/reports/totals.ts';
import type { TransactionView } from '../lib/reports/transaction.ts';
import type { TransactionsPage } from '../lib/reports/transaction-search.ts';
import type { RuledWallet } from '../lib/wallets/change.ts';
import type { CurrencyView } from '../lib/wallets/currencies.ts';
import type { HoldView } from '../lib/wallets/holds.ts';
import type { WalletView } from '../lib/wallets/wallets.ts';
import type { RawNumber } from '../lib/wire/json.ts';
import { reason } from './decline-reason.ts';
import {
  amount,
  currency,
  integer,
  signedAmount,
  sum,
  time,
  transferNumber,
  uuid,
  walletId,
} from './field-schemas.ts';

const details = {
  Reference: z
    .string()
    .meta({
      description: 'What the caller knows it by; unique for the owner of an API key. Only if it was given.',
    })
    .exactOptional(),
  Description: z.string().meta({ description: 'Only if it was given.' }).exactOptional(),
  Metadata: z
    .record(z.string(), z.string())
    .meta({ description: "Texts by names of the caller's. Only if they were given." })
    .exactOptional(),
};

const limit = (what: string) => amount(what).nullable();

const spendLimits = z
  .strictObject({
    PerOperation: limit('The most that one operation may take or reserve'),
    PerDay: limit('The most that may leave the wallet on one UTC day, what holds reserve included'),
    PerMonth: limit('The same in one UTC month'),
    SpentToday: amount('What left the wallet on this UTC day, refunds aside'),
    SpentThisMonth: amount('What left the wallet in this UTC month, refunds aside'),
  })
  .meta({ id: 'SpendLimits' });

const rules = {
  Status: z.enum(WALLET_STATUSES).meta({ description: '`frozen` if money may not come in, or not go out.' }),
  Frozen: z.enum(DIRECTIONS).nullable().meta({ description: 'Which money it is frozen for; null for none.' }),
  CreditLimit: amount('How far below zero the balance may go'),
  BalanceLimit: limit('The most that the balance may come to, with what may still come back from transfers'),
  SpendLimits: spendLimits.nullable(),
};

export const ruledWallet = z
  .strictObject({ WalletID: walletId(), Name: z.string(), ...rules })
  .meta({ id: 'WalletRules', description: "A wallet's state and limits." }) satisfies z.ZodType<RuledWallet>;

export const wallet = z
  .strictObject({
    WalletID: walletId(),
    Name: z.string(),
    Country: z.string(),
    City: z.string(),
    Currency: currency,
    Balance: signedAmount('What the wallet has'),
    Available: amount('What may be spent: the balance that no hold reserves, and the credit'),
    ...rules,
    Group: integer(
      'The wallet group, whose wallets are settled one after another. It changes: do not store it.',
    ),
    CreatedAt: time('When it was created'),
    OwnerId: z.string().meta({ description: 'Who has it. Only if it was given.' }).exactOptional(),
    ...details,
  })
  .meta({ id: 'Wallet' }) satisfies z.ZodType<WalletView>;

export const pastBalance = z
  .strictObject({
    WalletID: walletId(),
    Currency: currency,
    Balance: signedAmount('What the wallet had at that moment'),
    At: time('The moment'),
  })
  .meta({ id: 'PastBalance' }) satisfies z.ZodType<BalanceView>;

export const newWallet = z.strictObject({ WalletID: walletId() }).meta({ id: 'CreatedWallet' });

export const walletsPage = z
  .strictObject({
    Wallets: z.array(wallet),
    Next: walletId('The `after` of the next page; null on the last one.').nullable(),
  })
  .meta({ id: 'WalletsPage' });

/** A place among a wallet's operations. */
const position = (description: string) =>
  z
    .bigint()
    .nullable()
    .meta({ type: ['integer', 'null'], minimum: 1, description });

const left = {
  Available: amount(
    'What was left of the limit or of the money that it was declined for, in the currency of the wallet that declined it',
  ).nullable(),
  FreeAt: time('When the limit of a day or a month that it was declined for is free again').nullable(),
};

export const operation = z
  .strictObject({
    Position: position(
      "Its number among the wallet's operations in the order of booking; null while it is pending.",
    ),
    Type: z.enum(OPERATION_TYPES),
    Amount: amount('The amount that the caller named'),
    Currency: currency,
    CreatedAt: time('When it was accepted'),
    Status: z.enum(OPERATION_STATUSES),
    Reason: reason.nullable(),
    ...left,
    TransactionId: uuid('The transaction that it belongs to.'),
    WalletId: walletId(),
    CounterpartyId: walletId('The other wallet of a transfer.').nullable(),
    WalletAmount: amount("What was added or taken, in the wallet's currency").nullable(),
    BalanceAfter: signedAmount("The wallet's balance after it").nullable(),
    ProcessedAt: time('When it was booked').nullable(),
    Number: transferNumber('Of a linked transaction: the number of its transfer, from 1 on.'),
    ...details,
  })
  .meta({
    id: 'Operation',
    description: "A transaction's effect on one wallet.",
  }) satisfies z.ZodType<OperationView>;

const outcome = {
  Status: z.enum(TRANSACTION_STATUSES).meta({
    description:
      'It ends as `success` or `decline`; `processing`: the first leg is settled, a later one is not, or a payout is held.',
  }),
  Reason: reason.nullable(),
  ...left,
  Operations: z.array(operation),
  CreatedAt: time('When it was accepted'),
  ProcessedAt: time('When its last leg was settled').nullable(),
  RefundOf: uuid('Of a refund: the transaction that it gives back.').exactOptional(),
  Kind: z
    .enum(['linked', 'refund'])
    .meta({ description: 'Only of a linked transaction, and of its refund.' })
    .exactOptional(),
  DeclinedNumber: transferNumber(
    'Of a linked transaction that was declined: the transfer that failed, from 1 on.',
  ),
  ...details,
};

const transactionId = uuid("The transaction's id.");

export const transaction = z
  .strictObject({ TransactionId: transactionId, ...outcome })
  .meta({ id: 'Transaction' }) satisfies z.ZodType<TransactionView>;

export const transactionsPage = z
  .strictObject({
    Transactions: z.array(transaction),
    Limit: integer('As requested.'),
    More: z.boolean().meta({ description: 'Whether the next page may have more by now.' }),
    Next: z.string().meta({ description: 'The `after` of the next page.' }),
  })
  .meta({ id: 'TransactionsPage' }) satisfies z.ZodType<TransactionsPage>;

const triedWallet = z
  .strictObject({
    WalletID: walletId(),
    Currency: currency,
    Balance: signedAmount('What the wallet would have'),
    Available: amount('What it might spend then'),
  })
  .meta({ id: 'TriedWallet' }) satisfies z.ZodType<TriedWallet>;

/** What the reply to a request with `DryRun` has besides. */
export const tried = {
  DryRun: z.boolean().exactOptional().meta({ description: 'True if nothing was done.' }),
  Wallets: z
    .array(triedWallet)
    .exactOptional()
    .meta({ description: 'With `DryRun`: the wallets that it is about, as they would be.' }),
};

/** What a waiting request is told besides. */
const waited = z.strictObject(outcome).partial().shape;

/** What became of an accepted operation of a batch. */
export const recorded = z
  .strictObject({ TransactionId: transactionId, ...waited })
  .meta({ id: 'RecordedTransaction', description: 'With `DryRun`, also what would become of it.' });

export const accepted = z.strictObject({ TransactionId: transactionId, ...waited, ...tried }).meta({
  id: 'AcceptedTransaction',
  description:
    'A transaction that is recorded and will be settled. With `Prefer: wait=N`, also what became of it; with `DryRun`, what would, under an id of zeros.',
});

const holdId = uuid("The hold's id, which is a transaction's.");

export const acceptedHold = z
  .strictObject({ HoldId: holdId, TransactionId: transactionId.optional(), ...waited, ...tried })
  .meta({
    id: 'AcceptedHold',
    description:
      'A hold that is recorded. With `Prefer: wait=N`, also what became of it, as its transaction.',
  });

export const hold = z
  .strictObject({
    HoldId: holdId,
    Kind: z.enum(HOLD_KINDS).meta({
      description:
        'What it is for: `payout` if it waits for `confirm` or `cancel` of that payout, whose id it has.',
    }),
    WalletId: walletId(),
    Amount: amount('What it reserves'),
    Currency: currency,
    OverCapture: amount('By how much captures may exceed the amount in all'),
    Captured: amount('What was captured'),
    Remaining: amount('What is left of the amount; 0 once it ended'),
    WalletAmount: amount("What the amount was in the wallet's currency when it was placed").nullable(),
    Status: z.enum(HOLD_STATUSES),
    Position: position('Its place among the operations of the wallet; null while it is new.'),
    CreatedAt: time('When it was accepted'),
    ExpiresAt: time('When it is over; null for one of a payout').nullable(),
  })
  .meta({ id: 'Hold' }) satisfies z.ZodType<HoldView>;

export const holdsPage = z
  .strictObject({
    Holds: z.array(hold),
    Next: walletId(
      'The `after` of the next page: the position of its last hold; null on the last one.',
    ).nullable(),
  })
  .meta({ id: 'HoldsPage' });

export const extended = z
  .strictObject({ HoldId: holdId, ExpiresAt: time('When it is over') })
  .meta({ id: 'ExtendedHold' });

export const operationsPage = z
  .strictObject({
    Operations: z.array(operation),
    Limit: integer('As requested; less if the details of so many operations would make too long a reply.'),
    Offset: integer('As requested.'),
    From: time('The beginning of the period, which is part of it'),
    To: time('The end of the period, which is not part of it; what is listed is complete up to here'),
    Next: z.string().meta({ description: 'The `after` of the next page, which may be empty still.' }),
  })
  .meta({ id: 'OperationsPage' }) satisfies z.ZodType<OperationsPage>;

export const totals = z
  .strictObject({ Currency: currency, AmountIn: sum('What came in'), AmountOut: sum('What went out') })
  .meta({ id: 'Totals' }) satisfies z.ZodType<Totals>;

/** A decimal: as a JSON number with all its digits. */
export const rate = z
  .custom<RawNumber>()
  .meta({ type: 'number', description: 'USD per unit, with up to 12 fraction digits.' });

const currencyView = z
  .strictObject({ Name: z.string(), Rate: rate, UpdatedAt: time('When the rate was set') })
  .meta({ id: 'Currency' }) satisfies z.ZodType<CurrencyView>;

export const currencies = z.strictObject({ Currencies: z.array(currencyView) }).meta({ id: 'Currencies' });

export const conversion = z
  .strictObject({ Amount: amount('What it comes to, rounded down'), Currency: currency })
  .meta({ id: 'Conversion' });

export const nothing = z.strictObject({}).meta({ id: 'Nothing' });
