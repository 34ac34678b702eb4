import { describe, expect, test } from 'vitest';
import {
  EVENT_SCHEMAS,
  EVENT_SOURCE,
  type EventType,
  readEvent,
} from '../../../lib/messaging/event-schemas.ts';

const common = {
  Version: 1,
  EventId: '17',
  OccurredAt: '2026-01-31T12:00:00.123456Z',
  CorrelationId: 'order-17',
};
const transaction = {
  ...common,
  TransactionId: '0197a1b2-c3d4-7e5f-8a6b-0123456789ab',
  Kind: 'transfer',
  Amount: '9223372036854775807',
  Currency: 'EUR',
  OriginWalletId: '1',
  TargetWalletId: '2',
};
const hold = {
  ...common,
  HoldId: '0197a1b2-c3d4-7e5f-8a6b-0123456789ab',
  WalletId: '1',
  Amount: '5',
  Currency: 'EUR',
};
const linked = {
  ...common,
  TransactionId: '0197a1b2-c3d4-7e5f-8a6b-0123456789ab',
  Kind: 'linked',
  Transfers: [{ OriginWalletId: '1', TargetWalletId: '2', Amount: '5', Currency: 'EUR' }],
};
const EXAMPLES: Record<EventType, Record<string, unknown>> = {
  WalletCreated: {
    ...common,
    WalletId: '1',
    Name: 'Jon Snow',
    Country: 'UK',
    City: 'London',
    Currency: 'EUR',
  },
  WalletChanged: {
    ...common,
    WalletId: '1',
    Name: 'Jon Snow',
    Status: 'frozen',
    Frozen: 'out',
    CreditLimit: '0',
    PerDay: '5',
  },
  TransactionSucceeded: { ...transaction, WalletAmount: '182847279', Balance: '182847280' },
  TransactionDeclined: {
    ...transaction,
    ...{ Reason: 'daily_limit', Available: '3', FreeAt: '2026-02-01T00:00:00.000Z' },
  },
  BalanceCrossed: {
    ...common,
    AlertId: '0197a1b2-c3d4-7e5f-8a6b-0123456789ab',
    WalletId: '1',
    Direction: 'below',
    Threshold: '-5',
    Balance: '-6',
    Currency: 'EUR',
    Position: '7',
    TransactionId: '0197a1b2-c3d4-7e5f-8a6b-0123456789ab',
  },
  PayoutHeld: {
    ...common,
    TransactionId: '0197a1b2-c3d4-7e5f-8a6b-0123456789ab',
    WalletId: '1',
    Amount: '5',
    Currency: 'EUR',
    WalletAmount: '6',
  },
  LinkedSucceeded: linked,
  LinkedDeclined: {
    ...linked,
    Reason: 'daily_limit',
    Number: 1,
    Available: '3',
    FreeAt: '2026-02-01T00:00:00.000Z',
  },
  HoldChanged: { ...hold, Status: 'active' },
  HoldRefused: { ...hold, Asked: 'capture', Reason: 'hold_not_active' },
  WebhookDisabled: { ...common, WebhookId: '0197a1b2-c3d4-7e5f-8a6b-0123456789ab', Reason: 'gone' },
  GroupsRebalanced: {
    ...common,
    WalletsMoved: 2,
    Groups: [{ Group: 1, OperationsBefore: 10, OperationsAfter: 5 }],
  },
};
const TYPES = Object.keys(EVENT_SCHEMAS) as EventType[];

const delivered = (type: string, detail: unknown) => ({
  version: '0',
  id: 'b1',
  'detail-type': type,
  source: EVENT_SOURCE,
  account: '123456789012',
  time: '2026-01-31T12:00:00Z',
  region: 'eu-central-1',
  resources: [],
  detail,
});

/** Fields that only some events of a type have. */
const OPTIONAL = ['OriginWalletId', 'TargetWalletId', 'Frozen', 'PerDay', 'Available', 'FreeAt'];

describe('readEvent', () => {
  test.each(TYPES)('reads %s as EventBridge delivers it', (type) => {
    expect(readEvent(delivered(type, EXAMPLES[type]))).toEqual({ type, detail: EXAMPLES[type] });
  });

  test.each(TYPES)('refuses %s without any one of its fields', (type) => {
    for (const field of Object.keys(EXAMPLES[type])) {
      if (OPTIONAL.includes(field)) continue;
      const { [field]: _, ...rest } = EXAMPLES[type];
      expect(() => readEvent(delivered(type, rest)), `without ${field}`).toThrow();
    }
  });

  test('reads a receipt, which has no origin', () => {
    const { OriginWalletId: _, ...rest } = EXAMPLES.TransactionSucceeded;
    const detail = { ...rest, Kind: 'receipt' };
    expect(readEvent(delivered('TransactionSucceeded', detail)).detail).toEqual(detail);
  });

  test.each(TYPES)('refuses %s of another version, or with a field that this version lacks', (type) => {
    expect(() => readEvent(delivered(type, { ...EXAMPLES[type], Version: 2 }))).toThrow();
    expect(() => readEvent(delivered(type, { ...EXAMPLES[type], Extra: 1 }))).toThrow();
  });

  test.each([
    ['an amount that is a number, which a JSON reader may round', { Amount: 5 }],
    ['a negative amount', { Amount: '-5' }],
    ['an empty amount', { Amount: '' }],
    ['an id that is no UUID', { TransactionId: '5' }],
    ['a kind there is not', { Kind: 'gift' }],
    ['a reason there is not', { Reason: 'bad_mood' }],
    ['a time that is none', { OccurredAt: 'yesterday' }],
  ])('refuses %s', (_what, wrong) => {
    expect(() =>
      readEvent(delivered('TransactionDeclined', { ...EXAMPLES.TransactionDeclined, ...wrong })),
    ).toThrow();
  });

  test.each([
    ['another source', { ...delivered('WalletCreated', EXAMPLES.WalletCreated), source: 'aws.s3' }],
    ['a type of event there is not', delivered('WalletRobbed', EXAMPLES.WalletCreated)],
    ['the detail of another type', delivered('TransactionSucceeded', EXAMPLES.WalletCreated)],
    ['no detail', delivered('WalletCreated', undefined)],
    ['nothing', undefined],
  ])('refuses %s', (_what, event) => {
    expect(() => readEvent(event)).toThrow();
  });
});
