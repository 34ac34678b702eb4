import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readPattern } from '../../../localstack/lambda/event-pattern.ts';

interface Answer {
  readonly what: string;
  readonly pattern: Readonly<Record<string, unknown>>;
  readonly event: unknown;
  readonly matches: boolean | 'refused';
}

/** Taken from event-ruler by test/fixtures/event-patterns.sh. */
const table = readFileSync(join(import.meta.dirname, '..', '..', 'fixtures', 'event-patterns.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Answer);

/** A part of a pattern with so many ways. */
const ways = (count: number) => ({
  $or: Array.from({ length: count }, (_, index) => ({ [`f${index}`]: [1] })),
});

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
    expect(() => readPattern({ detail: { Address: [{ cidr: '10.0.0.0/24' }] } })).toThrow(
      'the local bus does not know the operator {"cidr":"10.0.0.0/24"} for Address',
    );
    expect(() => readPattern({ source: 'my-little-ps' })).toThrow(
      'the event pattern has no list of values for source',
    );
  });

  test.each([
    ['a number that Node rounds', { Id: [2 ** 53] }],
    ['a bound with more digits than it compares', { Rate: [{ numeric: ['<', 1.093809123456] }] }],
    ['other letters whose case does not count', { City: [{ 'equals-ignore-case': 'zürich' }] }],
    ['another case at an edge with other letters', { City: [{ prefix: { 'equals-ignore-case': 'zü' } }] }],
    ['one field twice', { Kind: ['a'], $or: [{ Kind: ['b'] }, { Id: [1] }] }],
    ['more ways through $or than EventBridge takes', { a: ways(32), b: ways(32) }],
  ])('refuses what it could not match exactly: %s', (_what, pattern) => {
    expect(() => readPattern(pattern)).toThrow(/^the (local bus|event pattern) /);
  });
});

describe('each answer of event-ruler', () => {
  test.each(table.map((row) => [row.what, row] as const))('is that of the local bus: %s', (_what, row) => {
    const read = () => readPattern(row.pattern);
    if (row.matches === 'refused')
      expect(read).toThrow(/^(the local bus|the event pattern|[\w.]+ in the event pattern) /);
    else expect(read()(row.event)).toBe(row.matches);
  });

  test('is in the table for every operator, yes and no', () => {
    expect(table.length).toBeGreaterThan(170);
    const operators = [
      'prefix',
      'suffix',
      'equals-ignore-case',
      'wildcard',
      'numeric',
      'anything-but',
      'exists',
      '$or',
    ];
    for (const operator of operators) {
      const rows = table.filter(({ pattern }) => JSON.stringify(pattern).includes(`"${operator}":`));
      expect(new Set(rows.map(({ matches }) => matches)), operator).toEqual(
        new Set([true, false, 'refused']),
      );
    }
  });
});
