import { describe, expect, test } from 'vitest';
import { everyMs } from '../../../localstack/lambda/schedules.ts';

describe('a schedule of the local system', () => {
  test.each([
    ['rate(1 minute)', 60_000],
    ['rate(90 minutes)', 5_400_000],
    ['rate(1 hour)', 3_600_000],
    ['rate(1 day)', 86_400_000],
    ['rate(24 days)', 24 * 86_400_000],
  ])('%s runs at that rate', (schedule, ms) => {
    expect(everyMs(schedule)).toBe(ms);
  });

  test.each(['rate(0 minutes)', 'rate(25 days)', 'rate(30 seconds)', 'cron(0 12 * * ? *)', 'hourly'])(
    '%s is refused with a sentence',
    (schedule) => {
      expect(() => everyMs(schedule)).toThrow(
        `the schedule ${schedule} does not run here: take rate(N minutes), rate(N hours) or rate(N days), up to 24 days`,
      );
    },
  );
});
