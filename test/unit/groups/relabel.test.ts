import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_RELABEL_GROUPS, relabelGroups, swapEqualLoads } from '../../../lib/groups/relabel.ts';
import { timed } from '../../support/cpu-time.ts';

const permutations = (size: number): number[][] =>
  size === 0
    ? [[]]
    : permutations(size - 1).flatMap((shorter) =>
        Array.from({ length: size }, (_, at) => shorter.toSpliced(at, 0, size - 1)),
      );

const movesOf = (present: readonly number[], subsets: readonly number[], names: ArrayLike<number>) =>
  subsets.filter((subset, item) => names[subset] !== present[item]).length;

const items = (groups: number, maxLength: number) =>
  fc.array(fc.tuple(fc.integer({ min: -1, max: groups }), fc.nat(groups - 1)), { maxLength });

describe('relabelGroups', () => {
  test('gives a subset the group that most of its items are in', () => {
    expect(relabelGroups([0, 0, 0, 1, 1, 2], [2, 2, 1, 0, 0, 1], 3)).toEqual(Uint16Array.of(1, 2, 0));
  });

  test('gives up one good name where two others gain more', () => {
    const present = [0, 0, 0, 1, 1, 0, 0];
    const subsets = [0, 0, 0, 0, 0, 1, 1];
    expect(relabelGroups(present, subsets, 2)).toEqual(Uint16Array.of(1, 0));
  });

  test('moves as few items as any naming does, and no more than none', () => {
    const cases = fc
      .integer({ min: 1, max: 6 })
      .chain((groups) => fc.tuple(items(groups, 40), fc.constant(groups)));
    fc.assert(
      fc.property(cases, ([pairs, groups]) => {
        const present = pairs.map(([group]) => group);
        const subsets = pairs.map(([, subset]) => subset);
        const names = relabelGroups(present, subsets, groups);
        const fewest = Math.min(...permutations(groups).map((all) => movesOf(present, subsets, all)));
        expect(new Set(names).size).toBe(groups);
        expect(movesOf(present, subsets, names)).toBe(fewest);
        expect(fewest).toBeLessThanOrEqual(movesOf(present, subsets, [...names.keys()]));
      }),
      { numRuns: 300 },
    );
  });

  test('undoes any renaming of the groups', () => {
    const cases = fc.integer({ min: 1, max: 200 }).chain((groups) => {
      const all = Array.from({ length: groups }, (_, group) => group);
      return fc.shuffledSubarray(all, { minLength: groups, maxLength: groups });
    });
    fc.assert(
      fc.property(cases, (names) => {
        expect(relabelGroups(names, [...names.keys()], names.length)).toEqual(Uint16Array.from(names));
      }),
    );
  });

  test('names subsets when no item is in any of the groups', () => {
    expect(new Set(relabelGroups([7, -1, 3, 0.5], [0, 1, 2, 0], 3))).toEqual(new Set([0, 1, 2]));
    expect(new Set(relabelGroups([], [], 4)).size).toBe(4);
  });

  test('names a thousand subsets in less than two seconds of processor time', () => {
    const count = 2_000_000;
    const present = Uint16Array.from({ length: count }, (_, item) => Math.imul(item, 2654435761) >>> 22);
    const subsets = Uint16Array.from({ length: count }, (_, item) => ((item * 7919) % 1_000_003) % 1000);
    const [names, cpuMs] = timed(() => relabelGroups(present, subsets, 1000));
    expect(cpuMs).toBeLessThan(2000);
    expect(new Set(names).size).toBe(1000);
  });

  test.each([
    [[0], [0, 1], 2, '1 current groups for 2 subsets'],
    [[0], [2], 2, 'subset of item 0 must be an integer from 0 to 1, not 2'],
    [[0], [-1], 2, 'subset of item 0'],
    [[0], [0], 0, 'groups must be an integer from 1'],
    [[0], [0], MAX_RELABEL_GROUPS + 1, 'groups must be an integer from 1'],
  ])('refuses groups %j with subsets %j of %d', (present, subsets, groups, message) => {
    const call = () => relabelGroups(present, subsets, groups);
    expect(call).toThrow(RangeError);
    expect(call).toThrow(message);
  });
});

describe('swapEqualLoads', () => {
  const GROUPS = 4;
  const cases = fc.array(
    fc.record({
      load: fc.nat(3),
      present: fc.integer({ min: -1, max: GROUPS }),
      wished: fc.nat(GROUPS - 1),
    }),
    { maxLength: 60 },
  );
  const split = (all: readonly { load: number; present: number; wished: number }[]) => ({
    loads: all.map(({ load }) => load),
    present: all.map(({ present }) => present),
    wished: all.map(({ wished }) => wished),
  });
  /** How many items of each load each group has. */
  const contents = (loads: readonly number[], groups: ArrayLike<number>) => {
    const counts: Record<string, number> = {};
    loads.forEach((load, item) => {
      const place = `${load} in ${groups[item]}`;
      counts[place] = (counts[place] ?? 0) + 1;
    });
    return counts;
  };

  test('leaves two items of one load where they are instead of exchanging them', () => {
    expect(swapEqualLoads([5, 5, 7], [0, 1, 1], [1, 0, 0], 2)).toEqual(Uint16Array.of(0, 1, 0));
  });

  test('gives each group as many items of each load as was wished', () => {
    fc.assert(
      fc.property(cases, (all) => {
        const { loads, present, wished } = split(all);
        const result = swapEqualLoads(loads, present, wished, GROUPS);
        expect(contents(loads, result)).toEqual(contents(loads, wished));
      }),
    );
  });

  test('leaves in place every item that can stay', () => {
    fc.assert(
      fc.property(cases, (all) => {
        const { loads, present, wished } = split(all);
        const result = swapEqualLoads(loads, present, wished, GROUPS);
        const [had, wants] = [contents(loads, present), contents(loads, wished)];
        const most = Object.entries(wants).reduce(
          (sum, [place, count]) => sum + Math.min(count, had[place] ?? 0),
          0,
        );
        expect(present.filter((group, item) => group === result[item])).toHaveLength(most);
      }),
    );
  });

  test('changes nothing where all loads differ', () => {
    const wished = [2, 0, 1, 1];
    expect(swapEqualLoads([1, 2, 3, 4], [0, 1, 2, 0], wished, 3)).toEqual(Uint16Array.from(wished));
  });

  test('refuses lists of different lengths', () => {
    expect(() => swapEqualLoads([1, 2], [0], [0, 1], 2)).toThrow(RangeError);
    expect(() => swapEqualLoads([1, 2], [0, 1], [0], 2)).toThrow('2 loads for 2 current and 1 wished groups');
  });
});
