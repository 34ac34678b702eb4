import { describe, expect, test } from 'vitest';
import { inTurn, nameWith, type Waiting } from '../../../lib/settle/linked.ts';

/** A linked transaction of so many legs, one of each wallet from the first on. */
const waiting = (id: bigint, firstWallet: bigint, legs: number): Waiting => ({
  id,
  walletIds: Array.from({ length: legs }, (_, index) => firstWallet + BigInt(index)),
  legs,
});

describe('the wallets to name for linked transactions', () => {
  test('are those of all that fit into half a transaction, and the others are left for the next', () => {
    const many = Array.from({ length: 6 }, (_, index) => waiting(BigInt(index), BigInt(1_000 * index), 100));
    const { walletIds, rest } = nameWith([], many);
    expect(walletIds).toHaveLength(500);
    expect(rest).toEqual(many.slice(5));
  });

  test('are few if these have many legs', () => {
    const two = [1n, 2n].map((id) => ({ id, walletIds: [1n, 2n], legs: 300 }));
    expect(nameWith([9n], two)).toEqual({ walletIds: [9n, 1n, 2n], rest: [two[1]] });
  });

  test('are those of the first, however many it has beside those that are named anyway', () => {
    const named = Array.from({ length: 499 }, (_, index) => BigInt(index));
    const first = waiting(1n, 1_000n, 200);
    expect(nameWith(named, [first, waiting(2n, 2_000n, 2)])).toEqual({
      walletIds: [...named, ...first.walletIds],
      rest: [waiting(2n, 2_000n, 2)],
    });
  });
});

test('linked transactions that wait come in the order of their ids, each once', () => {
  const [a, b, c] = [waiting(256n, 1n, 2), waiting(512n, 1n, 2), waiting(768n, 1n, 2)];
  expect(inTurn([b, a], [c, b])).toEqual([a, b, c]);
});
