import { validate } from 'uuid';
import { describe, expect, test } from 'vitest';
import { newId } from '../../../lib/runtime/new-id.ts';
import { requestIdBounds, requestIds } from '../../../lib/wire/request-ids.ts';

describe('the ids of a request', () => {
  test('are UUIDs in ascending order, none twice, of which the first is its correlation id', () => {
    const { first, next } = requestIds(newId);
    const ids = Array.from({ length: 4_096 }, next);
    expect(ids[0]).toBe(first);
    expect(ids.filter((id) => !validate(id))).toEqual([]);
    expect(ids).toEqual([...new Set(ids)].sort());
  });

  test('are within its bounds, where no other request has any', () => {
    const [one, other] = [requestIds(newId), requestIds(newId)];
    const [from, to] = requestIdBounds(one.first);
    const ids = Array.from({ length: 4_096 }, one.next);
    expect([ids[0], ids.at(-1)]).toEqual([from, to]);
    const others = Array.from({ length: 4_096 }, other.next);
    expect(others.filter((id) => id >= from && id <= to)).toEqual([]);
  });

  test('are ids of their own beyond the last', () => {
    const { first, next } = requestIds(newId);
    const ids = Array.from({ length: 5_000 }, next);
    const [from, to] = requestIdBounds(first);
    expect(ids.filter((id) => id >= from && id <= to)).toHaveLength(4_096);
    expect(new Set(ids).size).toBe(5_000);
  });
});
