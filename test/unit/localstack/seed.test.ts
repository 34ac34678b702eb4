import { describe, expect, test } from 'vitest';
import { RATE_ONE } from '../../../lib/ledger/rate.ts';
import { duration, openProgress, progressLine } from '../../../localstack/seed/progress.ts';
import { sumLines } from '../../../localstack/seed/report.ts';
import { type Story, storyOf } from '../../../localstack/seed/story.ts';

/** All currencies are worth the same, so that what is exchanged stays as it was. */
const RATES = new Map(['USD', 'EUR', 'GBP', 'JPY', 'THB'].map((name) => [name, RATE_ONE]));

const tell = (wallets: number, operations: number, seed = 1): Story =>
  storyOf({ wallets, operations, seed, rates: RATES });

const stepsOf = ({ lanes }: Story) => lanes.flatMap((lane) => [...lane]);

const SIZES = [
  [12, 1],
  [12, 5_000],
  [100, 2_000],
  [1_000, 200],
  [1_000, 20_000],
] as const;

describe('a story', () => {
  test('is the same for the same seed, and another one for another', () => {
    expect(tell(50, 1_000, 7).cast).toEqual(tell(50, 1_000, 7).cast);
    expect(stepsOf(tell(50, 1_000, 7))).toEqual(stepsOf(tell(50, 1_000, 7)));
    expect(stepsOf(tell(50, 1_000, 8))).not.toEqual(stepsOf(tell(50, 1_000, 7)));
  });

  test.each(SIZES)('with %d wallets and %d operations has just so many', (wallets, operations) => {
    const story = tell(wallets, operations);
    const steps = stepsOf(story);
    const refunds = steps.filter((step) => 'refund' in step).length;
    const holds = steps.filter(({ kind }) => kind === 'hold').length;
    expect(story.cast.shops.length + story.cast.customers.length).toBe(wallets);
    expect(steps.length + refunds + holds).toBe(operations);
  });

  test.each(SIZES)(
    'with %d wallets and %d operations pays only what a customer has',
    (wallets, operations) => {
      for (const lane of tell(wallets, operations).lanes) {
        const balances = new Map<number, bigint>();
        for (const step of lane) {
          expect(step.amount).toBeGreaterThan(0n);
          if (step.kind === 'salary') {
            balances.set(step.to.index, (balances.get(step.to.index) ?? 0n) + step.amount);
            continue;
          }
          const left = (balances.get(step.from.index) ?? 0n) - step.amount;
          expect(left).toBeGreaterThanOrEqual(0n);
          expect(step.from.index).not.toBe(step.to.index);
          if (step.kind !== 'hold') balances.set(step.from.index, left);
          else if (step.captured !== null) {
            expect(step.captured).toBeLessThanOrEqual(step.amount);
            expect(step.captured).toBeGreaterThan(0n);
            balances.set(step.from.index, left + step.amount - step.captured);
          }
        }
      }
    },
  );

  test('keeps all steps of a customer in one lane', () => {
    const lanesOf = new Map<number, Set<number>>();
    for (const [number, lane] of tell(100, 2_000).lanes.entries())
      for (const step of lane) {
        const { index } = step.kind === 'salary' ? step.to : step.from;
        lanesOf.set(index, (lanesOf.get(index) ?? new Set()).add(number));
      }
    expect([...lanesOf.values()].filter(({ size }) => size > 1)).toEqual([]);
  });

  test('has every kind of step, several currencies, refunds in part and as a whole, and holds of both ends', () => {
    const steps = stepsOf(tell(1_000, 20_000));
    expect(new Set(steps.map(({ kind }) => kind))).toEqual(
      new Set(['salary', 'purchase', 'purchase abroad', 'gift', 'hold']),
    );
    expect(new Set(steps.map(({ to }) => to.place.currency))).toEqual(new Set(RATES.keys()));
    const refunds = steps.flatMap((step) => ('refund' in step ? [step.refund === null] : []));
    expect(new Set(refunds)).toEqual(new Set([true, false]));
    const ends = steps.flatMap((step) => (step.kind === 'hold' ? [step.captured === null] : []));
    expect(new Set(ends)).toEqual(new Set([true, false]));
  });

  test('has few customers who are busy, and many who are quiet', () => {
    const times = new Map<number, number>();
    for (const step of stepsOf(tell(1_000, 20_000)))
      if (step.kind !== 'salary') times.set(step.from.index, (times.get(step.from.index) ?? 0) + 1);
    const sorted = [...times.values()].toSorted((a, b) => b - a);
    const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
    expect(sum(sorted.slice(0, 95))).toBeGreaterThan(sum(sorted) / 2);
    expect(sorted.length).toBeGreaterThan(700);
  });

  test('names nobody', () => {
    const { shops, customers } = tell(40, 1).cast;
    expect(shops.map(({ name }) => name)).toEqual([1, 2, 3, 4, 5, 6].map((number) => `Shop ${number}`));
    for (const { name } of customers) expect(name).toMatch(/^Customer \d+$/);
  });
});

describe('progress', () => {
  const shown = (isTTY: boolean, adds: readonly number[]): string => {
    let text = '';
    let nowMs = 0;
    const write = (chunk: string | Uint8Array): boolean => {
      text += String(chunk);
      return true;
    };
    const clock = (): number => nowMs;
    const progress = openProgress(
      { isTTY, columns: 200, write },
      { total: 1_000, unit: 'operations' },
      clock,
    );
    for (const count of adds) {
      nowMs += 50;
      progress.add(count);
    }
    expect(progress.done()).toBe(adds.reduce((sum, count) => sum + count, 0));
    return text;
  };
  const hundreds = Array.from({ length: 20 }, () => 50);

  test('in a file is a line for every tenth', () => {
    const lines = shown(false, hundreds).trimEnd().split('\n');
    expect(lines.length).toBe(10);
    expect(lines[4]).toBe('[#####.....]  50 %  500 of 1,000 operations, 1,000/s, 1 s left');
    expect(lines[9]).toBe('[##########] 100 %  1,000 of 1,000 operations, 1,000/s, in 1 s');
  });

  test('on a terminal is one line, drawn ten times a second at most, whose last state stays', () => {
    const text = shown(true, hundreds);
    expect(text.split('\r\u001b[K').length).toBe(12);
    expect(text.split('\n').length).toBe(2);
  });

  test('fits 80 columns up to ten million', () => {
    const state = { done: 9_999_999, total: 10_000_000, unit: 'operations', elapsedMs: 800_000_000 };
    expect(progressLine(state).length).toBeLessThanOrEqual(80);
  });

  test.each([
    [1, '1 s'],
    [59_000, '59 s'],
    [200_000, '3 min 20 s'],
    [7_500_000, '2 h 5 min'],
  ])('%d ms are %s', (milliseconds, text) => {
    expect(duration(milliseconds)).toBe(text);
  });
});

test('sums that do not add up are named', () => {
  const sums = [
    { currency: 'EUR', sentIn: 5_000_000n, exchanged: -1_000_000n, held: 4_000_000n },
    { currency: 'USD', sentIn: 5_000_000n, exchanged: 0n, held: 4_999_999n },
  ];
  expect(sumLines(sums)).toEqual([
    ' sent in  exchanged  held by the wallets',
    '5.00 EUR  -1.00 EUR             4.00 EUR',
    '5.00 USD   0.00 USD         4.999999 USD',
    'These do not add up: USD. What is missing is pending, or lost: npm run reconcile tells.',
  ]);
  expect(sumLines(sums.slice(0, 1)).at(-1)).toBe(
    'The wallets hold exactly what was sent in, plus what was exchanged.',
  );
});
