import type { Reporter, TestModule } from 'vitest/node';

/** Ends a run with the line `N passed, N failed`. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      if (module.errors().length > 0) counts.failed += 1;
      for (const test of module.children.allTests()) counts[test.result().state] += 1;
    }
    const skipped = counts.skipped + counts.pending;
    const rest = skipped > 0 ? `, ${skipped} skipped` : '';
    process.on('exit', () => console.log(`${counts.passed} passed, ${counts.failed} failed${rest}`));
  }
}
