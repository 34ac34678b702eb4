import * as z from 'zod';
import { ALERT_DIRECTIONS } from '../ledger/alert.ts';
import { DECLINE_REASONS, HOLD_LEGS, HOLD_STATUSES, TRANSACTION_KINDS } from '../ledger/leg.ts';
import { DIRECTIONS, WALLET_STATUSES } from '../ledger/limits.ts';

/** The source of every event on the bus. */
export const EVENT_SOURCE = 'my-little-ps';

/** Amounts and ids are strings of digits, so that no JSON reader rounds them. */
const digits = z.string().regex(/^\d+$/);

/** The same of what may be negative. */
const signedDigits = z.string().regex(/^-?\d+$/);

const reason = z.enum(DECLINE_REASONS);

/** The fields of every event. The same EventId may come more than once; two events may come in either order. */
const common = {
  Version: z.literal(1),
  EventId: digits,
  OccurredAt: z.iso.datetime(),
  CorrelationId: z.string(),
};

/** What the caller gave to know it by, as far as it did. */
const details = {
  Reference: z.string().optional(),
  Description: z.string().optional(),
  Metadata: z.record(z.string(), z.string()).optional(),
};

const transaction = {
  ...common,
  TransactionId: z.uuid(),
  Kind: z.enum(TRANSACTION_KINDS).exclude(['linked']),
  /** The amount that the caller named, in millionths of a unit of Currency. */
  Amount: digits,
  Currency: z.string(),
  OriginWalletId: digits.optional(),
  TargetWalletId: digits.optional(),
  /** The transaction that this one gives back, in whole or in part. */
  RefundOf: z.uuid().optional(),
  ...details,
};

const linked = {
  ...common,
  TransactionId: z.uuid(),
  Kind: z.enum(['linked', 'refund']),
  /** In the order of their numbers. Money from outside has no origin, and money that leaves the system no target. */
  Transfers: z.array(
    z.strictObject({
      OriginWalletId: digits.optional(),
      TargetWalletId: digits.optional(),
      Amount: digits,
      Currency: z.string(),
    }),
  ),
  /** The linked transaction that this one gives back. */
  RefundOf: z.uuid().optional(),
  ...details,
};

const hold = {
  ...common,
  HoldId: z.uuid(),
  WalletId: digits,
  Amount: digits,
  Currency: z.string(),
  ...details,
};

/** What was left of the limit or of the money that it was declined for, in the wallet's currency, and when it is free again. */
const left = { Available: digits.optional(), FreeAt: z.iso.datetime().optional() };

const group = z.strictObject({ Group: z.int(), OperationsBefore: z.int(), OperationsAfter: z.int() });

/** The schema of each event's detail, by detail-type. A change that breaks a reader is a new Version. */
export const EVENT_SCHEMAS = {
  WalletCreated: z.strictObject({
    ...common,
    WalletId: digits,
    Name: z.string(),
    Country: z.string(),
    City: z.string(),
    Currency: z.string(),
    OwnerId: z.string().optional(),
    ...details,
  }),
  /** What a wallet is called, allows and forbids from now on. A limit that it does not have is missing. */
  WalletChanged: z.strictObject({
    ...common,
    WalletId: digits,
    Name: z.string(),
    Status: z.enum(WALLET_STATUSES),
    /** Missing if it is not frozen. */
    Frozen: z.enum(DIRECTIONS).optional(),
    CreditLimit: digits,
    BalanceLimit: digits.optional(),
    PerOperation: digits.optional(),
    PerDay: digits.optional(),
    PerMonth: digits.optional(),
  }),
  /** WalletAmount and Balance are those of the wallet that got the money, or from which a refunded receipt left. */
  TransactionSucceeded: z.strictObject({ ...transaction, WalletAmount: digits, Balance: signedDigits }),
  TransactionDeclined: z.strictObject({ ...transaction, Reason: reason, ...left }),
  /** That a payout's money is reserved until it is confirmed or cancelled: now it may be sent. */
  PayoutHeld: z.strictObject({
    ...common,
    TransactionId: z.uuid(),
    WalletId: digits,
    Amount: digits,
    Currency: z.string(),
    /** What is reserved, in the wallet's currency. */
    WalletAmount: digits,
  }),
  /** ExpiresAt is there if the hold was extended. */
  HoldChanged: z.strictObject({
    ...hold,
    Status: z.enum(HOLD_STATUSES).exclude(['declined']),
    ExpiresAt: z.iso.datetime().optional(),
  }),
  HoldRefused: z.strictObject({
    ...hold,
    Asked: z.enum(HOLD_LEGS),
    Reason: reason,
    ...left,
  }),
  /** That an operation took a balance over the edge of an alert: once each time that it comes from the other side. */
  BalanceCrossed: z.strictObject({
    ...common,
    AlertId: z.uuid(),
    WalletId: digits,
    Direction: z.enum(ALERT_DIRECTIONS),
    Threshold: signedDigits,
    /** After the operation, in millionths of a unit of Currency, which is the wallet's. */
    Balance: signedDigits,
    Currency: z.string(),
    /** Of the operation in its wallet: larger for what was settled later. */
    Position: digits,
    TransactionId: z.uuid(),
  }),
  /** That all transfers of a linked transaction succeeded, or that none did: one event for all of them. */
  LinkedSucceeded: z.strictObject(linked),
  /** Reason is that of the transfer that failed, Number its place among the transfers, from 1 on. */
  LinkedDeclined: z.strictObject({ ...linked, Reason: reason, Number: z.int(), ...left }),
  /** That nothing is posted to a webhook any more: its receiver wants no more, or failed for three days. */
  WebhookDisabled: z.strictObject({ ...common, WebhookId: z.uuid(), Reason: z.enum(['gone', 'failing']) }),
  GroupsRebalanced: z.strictObject({ ...common, WalletsMoved: z.int(), Groups: z.array(group) }),
} as const;

export type EventType = keyof typeof EVENT_SCHEMAS;

/** An event's detail before the outbox gives it its id and time. */
export type EventDetail<T extends EventType> = Omit<
  z.infer<(typeof EVENT_SCHEMAS)[T]>,
  'EventId' | 'OccurredAt'
>;

const envelope = z.object({
  source: z.literal(EVENT_SOURCE),
  'detail-type': z.enum(Object.keys(EVENT_SCHEMAS) as [EventType, ...EventType[]]),
  detail: z.unknown(),
});

/**
 * Reads a domain event as EventBridge delivers it.
 *
 * @throws ZodError if it is not an event of this version
 */
export function readEvent(event: unknown): {
  type: EventType;
  detail: z.infer<(typeof EVENT_SCHEMAS)[EventType]>;
} {
  const { 'detail-type': type, detail } = envelope.parse(event);
  return { type, detail: EVENT_SCHEMAS[type].parse(detail) };
}
