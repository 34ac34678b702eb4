import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { everyMs, startSchedules } from '../../../localstack/lambda/schedules.ts';

describe('a schedule of the local system', () => {
  test.each([
    ['rate(1 minute)', 60_000],
    ['rate(45 minutes)', 2_700_000],
    ['rate(90 minutes)', 5_400_000],
    ['rate(1 hour)', 3_600_000],
    ['rate(1 day)', 86_400_000],
    ['rate(24 days)', 24 * 86_400_000],
  ])('%s runs at that rate', (schedule, ms) => {
    expect(everyMs(schedule)).toBe(ms);
  });

  test.each([
    'rate(0 minutes)',
    'rate(1 minutes)',
    'rate(5 minute)',
    'rate(1.5 hours)',
    'rate(-1 hours)',
    'rate(25 days)',
    'rate(30 seconds)',
    'cron(0 12 * * ? *)',
    'hourly',
  ])('%s is refused with a sentence', (schedule) => {
    expect(() => everyMs(schedule)).toThrow(
      `the schedule ${schedule} does not run here: take rate(N minutes), rate(N hours) or rate(N days), up to 24 days`,
    );
  });
});

describe('the schedules of the local system', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: Date.parse('2026-03-12T10:20:00Z') });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const runs = (rate: string, hours: number): string[] => {
    const times: string[] = [];
    const definition = { name: 'relay', file: 'relay', exported: 'handler', timeoutMs: 1_000, memoryMb: 128 };
    const functions = [{ ...definition, environment: {}, events: [{ kind: 'schedule' as const, rate }] }];
    const schedules = startSchedules(
      { functions, authorizer: undefined },
      {
        invoke: async (_definition, event) => {
          times.push((event as { time: string }).time.slice(8, 16));
          return { ok: true, value: null };
        },
      },
    );
    vi.advanceTimersByTime(hours * 3_600_000);
    schedules.stop();
    vi.advanceTimersByTime(hours * 3_600_000);
    return times;
  };

  test.each([
    ['rate(90 minutes)', 5, ['12T11:50', '12T13:20', '12T14:50']],
    ['rate(45 minutes)', 3, ['12T11:05', '12T11:50', '12T12:35', '12T13:20']],
    ['rate(7 hours)', 24, ['12T17:20', '13T00:20', '13T07:20']],
    ['rate(1 day)', 49, ['13T10:20', '14T10:20']],
  ])('run %s from when the system started, whatever the clock says', (rate, hours, times) => {
    expect(runs(rate, hours)).toEqual(times);
  });
});
