import { validate, version } from 'uuid';
import { describe, expect, test } from 'vitest';
import { newId } from '../../../lib/runtime/new-id.ts';

describe('an id', () => {
  test('is a UUID of version 7, and never given twice', () => {
    const ids = Array.from({ length: 10_000 }, newId);
    expect(ids.filter((id) => !validate(id) || version(id) !== 7)).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('begins with the time, and shares no long random part with the one before', () => {
    const before = Date.now();
    const ids = Array.from({ length: 1_000 }, newId);
    const times = ids.map((id) => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16));
    expect(Math.min(...times)).toBeGreaterThanOrEqual(before);
    expect(Math.max(...times)).toBeLessThanOrEqual(Date.now());
    expect(new Set(ids.map((id) => id.slice(-12))).size).toBe(ids.length);
  });
});
