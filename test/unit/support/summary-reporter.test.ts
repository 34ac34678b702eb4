import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TestCase, TestModule } from 'vitest/node';
import SummaryReporter from '../../support/vitest/summary-reporter.ts';

const FILE = 'test/unit/some.test.ts';
const MODULE = { moduleId: join(process.cwd(), FILE) } as TestModule;

describe('what a run of tests says', () => {
  let reporter: SummaryReporter;
  let said: string[];

  beforeEach(() => {
    vi.useFakeTimers();
    said = [];
    vi.spyOn(console, 'log').mockImplementation((line) => void said.push(line));
    reporter = new SummaryReporter();
    reporter.onInit();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  test('is every 20 s that the servers start', () => {
    vi.advanceTimersByTime(19_999);
    expect(said).toEqual([]);
    vi.advanceTimersByTime(20_001);
    expect(said).toEqual([
      ' still running after 20 s: servers start',
      ' still running after 40 s: servers start',
    ]);
  });

  test('is which file and which test run, and for how long', () => {
    vi.advanceTimersByTime(5_000);
    reporter.onTestModuleQueued(MODULE);
    vi.advanceTimersByTime(15_000);
    reporter.onTestCaseReady({ module: MODULE, fullName: 'a system > works' } as TestCase);
    vi.advanceTimersByTime(20_000);
    expect(said).toEqual([
      ` still running after 20 s:\n   ${FILE} (15 s)`,
      ` still running after 40 s:\n   ${FILE} > a system > works (35 s)`,
    ]);
  });

  test('is nothing while files end, each of which has a line of its own', () => {
    for (let file = 0; file < 10; file++) {
      reporter.onTestModuleQueued(MODULE);
      vi.advanceTimersByTime(15_000);
      reporter.onTestModuleEnd(MODULE);
    }
    expect(said).toEqual([]);
    vi.advanceTimersByTime(20_000);
    expect(said).toHaveLength(1);
  });

  test('ends with the run, and begins anew with the next in watch mode', () => {
    vi.spyOn(process, 'on').mockReturnThis();
    reporter.onTestRunEnd([], []);
    vi.advanceTimersByTime(100_000);
    expect(said).toEqual([]);
    reporter.onTestRunStart();
    vi.advanceTimersByTime(20_000);
    expect(said).toEqual([' still running after 20 s: servers start']);
  });
});
