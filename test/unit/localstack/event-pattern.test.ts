import { describe, expect, test } from 'vitest';
import { readPattern } from '../../../localstack/lambda/event-pattern.ts';

const EVENT = {
  source: 'my-little-ps',
  'detail-type': 'TransactionSucceeded',
  resources: ['a', 'b'],
  detail: { Kind: 'transfer', Amount: '5', Currency: 'EUR', nothing: null },
};

describe('an event pattern on the local bus', () => {
  test.each([
    ['one of several values', { source: ['other', 'my-little-ps'] }],
    ['a field of the detail', { detail: { Kind: ['transfer'] } }],
    ['several fields', { source: ['my-little-ps'], detail: { Currency: ['EUR'] } }],
    ['one value of a list', { resources: ['b'] }],
    ['null', { detail: { nothing: [null] } }],
    ['prefix', { 'detail-type': [{ prefix: 'Transaction' }] }],
    ['suffix', { 'detail-type': [{ suffix: 'Succeeded' }] }],
    ['equals-ignore-case', { detail: { Currency: [{ 'equals-ignore-case': 'eur' }] } }],
    ['exists', { detail: { Amount: [{ exists: true }] } }],
    ['exists not', { detail: { RefundOf: [{ exists: false }] } }],
    ['anything-but', { detail: { Kind: [{ 'anything-but': ['receipt', 'refund'] }] } }],
  ])('matches by %s', (_how, pattern) => {
    expect(readPattern(pattern)(EVENT)).toBe(true);
  });

  test.each([
    ['another value', { source: ['other'] }],
    ['one wrong field of two', { source: ['my-little-ps'], detail: { Kind: ['refund'] } }],
    ['a number for a text', { detail: { Amount: [5] } }],
    ['a field that is missing', { detail: { RefundOf: ['x'] } }],
    ['a field below one that is missing', { other: { Kind: ['transfer'] } }],
    ['anything-but of a field that is missing', { detail: { RefundOf: [{ 'anything-but': 'x' }] } }],
  ])('does not match by %s', (_how, pattern) => {
    expect(readPattern(pattern)(EVENT)).toBe(false);
  });

  test('refuses an operator that it does not know, and a value that is no list', () => {
    expect(() => readPattern({ detail: { Amount: [{ numeric: ['>', 5] }] } })).toThrow(
      'the local bus does not know the operator {"numeric":[">",5]} for Amount',
    );
    expect(() => readPattern({ source: 'my-little-ps' })).toThrow(
      'the event pattern has no list of values for source',
    );
  });
});
