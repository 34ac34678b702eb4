import { describe, expect, expectTypeOf, test } from 'vitest';
import { type DomainEvent, isEvent, readEvent } from '../../../client/src/events.ts';
import { EVENT_SCHEMAS } from '../../../lib/messaging/event-schemas.ts';

const detail = {
  Version: 1,
  EventId: '10',
  OccurredAt: '2026-11-22T08:21:08.625952Z',
  CorrelationId: 'order-17',
  TransactionId: '01a20258-4378-73da-a441-de529f758a6f',
  Kind: 'receipt',
  Amount: '9007199254740993',
  Currency: 'USD',
  TargetWalletId: '5',
  WalletAmount: '9007199254740993',
  Balance: '9223372036854775807',
};

const eventOf = (change: Readonly<Record<string, unknown>> = {}, type = 'TransactionSucceeded') => ({
  source: 'my-little-ps',
  'detail-type': type,
  detail: { ...detail, ...change },
});

describe('an event', () => {
  test('is read with every digit', () => {
    const event: DomainEvent = readEvent(eventOf());
    if (event.type !== 'TransactionSucceeded') throw new Error(event.type);
    expectTypeOf(event.detail.Amount).toEqualTypeOf<bigint>();
    expect(event.detail).toEqual({
      ...detail,
      EventId: 10n,
      Amount: 9007199254740993n,
      TargetWalletId: 5n,
      WalletAmount: 9007199254740993n,
      Balance: 9223372036854775807n,
    });
  });

  test('is what the system itself takes for one', () => {
    expect(EVENT_SCHEMAS.TransactionSucceeded.parse(detail)).toEqual(detail);
  });

  test('is told from others by isEvent, whose detail is as it came', () => {
    const event: unknown = eventOf();
    expect(isEvent('TransactionDeclined', event)).toBe(false);
    if (!isEvent('TransactionSucceeded', event)) throw new Error('it is none');
    expectTypeOf(event.detail.Balance).toEqualTypeOf<string>();
    expectTypeOf(event.detail.OriginWalletId).toEqualTypeOf<string | undefined>();
    expect(BigInt(event.detail.Balance)).toBe(9223372036854775807n);
  });

  test.each([
    ['another version', eventOf({ Version: 2 }), 'TransactionSucceeded: this reads Version 1'],
    ['a missing field', eventOf({ Balance: undefined }), 'TransactionSucceeded: Balance is missing'],
    ['an amount that JSON may have rounded', eventOf({ Amount: 5 }), /Amount is no string of digits/],
    ['a type that this version does not know', eventOf({}, 'LoanGranted'), /no event of my-little-ps/],
    ['the name of what every object has', eventOf({}, 'toString'), /no event of my-little-ps/],
    ['another source', { ...eventOf(), source: 'aws.s3' }, /no event of my-little-ps/],
    ['no detail', { ...eventOf(), detail: null }, /there is no detail/],
    ['no object', 'event', /no event of my-little-ps/],
  ])('with %s is none', (_what, event, message) => {
    expect(() => readEvent(event)).toThrow(message);
    expect(isEvent('TransactionSucceeded', event)).toBe(false);
  });
});
