import { describe, expect, test } from 'vitest';
import { toSettled } from '../../../lib/reports/settled.ts';

const at = '2026-11-29T12:34:30Z';
const seconds = (time: string) => Date.parse(time) / 1_000;
const clock = { at, dayStart: seconds('2026-11-28T12:40:00Z') };
const row = (minute: string, succeeded: number, declined = 0, declines = '{}') => ({
  ...{ minute: seconds(minute), succeeded, declined, declines, settleTimes: `{0,0,${succeeded + declined}}` },
});

describe('what was settled', () => {
  test('is nothing in each minute of an hour, if nothing was', () => {
    const { Hour, Day, Minutes } = toSettled(clock, []);
    const nothing = { Succeeded: 0, Declined: 0, PerSecond: 0, P50: null, P95: null, Declines: [] };
    expect([Hour, Day]).toEqual([nothing, nothing]);
    expect(Minutes).toHaveLength(60);
    expect(Minutes[0]).toEqual({
      Minute: '2026-11-29T11:35:00.000000Z',
      ...{ Succeeded: 0, Declined: 0, P95: null },
    });
    expect(Minutes[59]?.Minute).toBe('2026-11-29T12:34:00.000000Z');
  });

  test('is added up by the minute, whichever connections settled it, and by the hour and the day', () => {
    const { Hour, Day, Minutes } = toSettled(clock, [
      row('2026-11-29T12:34:00Z', 3),
      row('2026-11-29T12:34:00Z', 4, 1, '{1}'),
      row('2026-11-29T11:35:00Z', 5, 2, '{0,2}'),
      row('2026-11-29T11:34:00Z', 100),
      row('2026-11-28T12:40:00Z', 1_000),
    ]);
    expect(Minutes[59]).toMatchObject({ Succeeded: 7, Declined: 1, P95: expect.closeTo(1.31, 1) });
    expect(Minutes[0]).toMatchObject({ Succeeded: 5, Declined: 2 });
    expect(Hour).toMatchObject({ Succeeded: 12, Declined: 3, PerSecond: 0.004 });
    expect(Hour.Declines).toEqual([
      { Reason: 'balance_limit', Count: 2 },
      { Reason: 'insufficient_funds', Count: 1 },
    ]);
    expect(Day).toMatchObject({ Succeeded: 1_112, Declined: 3, PerSecond: 0.013 });
  });

  test('counts as of the running minute what a clock that went back left to come', () => {
    const { Minutes } = toSettled(clock, [row('2026-11-29T12:39:00Z', 3)]);
    expect(Minutes[59]).toMatchObject({ Succeeded: 3 });
  });
});
