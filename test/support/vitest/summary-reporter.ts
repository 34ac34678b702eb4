import { relative } from 'node:path';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** Silence after which the run says what it is doing: a reader begins to wonder whether it hangs. */
const SILENCE_MS = 20_000;

/** A test file that runs, and its test that does. */
interface Running {
  readonly startedMs: number;
  test: string | undefined;
}

/** Says what runs whenever no test file ended for 20 s, and ends a run with what failed and the line `N passed, N failed`. */
export default class SummaryReporter implements Reporter {
  private readonly running = new Map<string, Running>();
  private startedMs = performance.now();
  private timer: NodeJS.Timeout | undefined;

  /** Begins here, so that the start of the servers counts, too. */
  onInit(): void {
    this.watch();
  }

  /** Every run in watch mode has its own. */
  onTestRunStart(): void {
    if (this.timer === undefined) this.watch();
  }

  onTestModuleQueued(module: TestModule): void {
    this.running.set(module.moduleId, { startedMs: performance.now(), test: undefined });
  }

  onTestCaseReady(test: TestCase): void {
    const running = this.running.get(test.module.moduleId);
    if (running !== undefined) running.test = test.fullName;
  }

  onTestModuleEnd(module: TestModule): void {
    this.running.delete(module.moduleId);
    // The default reporter has a line for it.
    this.timer?.refresh();
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    clearInterval(this.timer);
    this.timer = undefined;
    const counts = { passed: 0, failed: errors.length, skipped: 0, pending: 0 };
    const failures = errors.map((error) => failureOf('outside of the tests', [error]));
    for (const module of modules) {
      const path = relative(process.cwd(), module.moduleId);
      if (module.errors().length > 0) {
        counts.failed += 1;
        failures.push(failureOf(path, module.errors()));
      }
      for (const test of module.children.allTests()) {
        const { state, errors: found = [] } = test.result();
        counts[state] += 1;
        if (state === 'failed') failures.push(failureOf(`${path} > ${test.fullName}`, found));
      }
    }
    const skipped = counts.skipped + counts.pending;
    const rest = skipped > 0 ? `, ${skipped} skipped` : '';
    process.on('exit', () => {
      for (const failure of failures) console.log(failure);
      console.log(`${counts.passed} passed, ${counts.failed} failed${rest}`);
    });
  }

  private watch(): void {
    this.startedMs = performance.now();
    this.timer = setInterval(() => console.log(this.news()), SILENCE_MS).unref();
  }

  private news(): string {
    const files = [...this.running].map(([file, { startedMs, test }]) => {
      const path = relative(process.cwd(), file);
      return `\n   ${path}${test === undefined ? '' : ` > ${test}`} (${secondsSince(startedMs)} s)`;
    });
    const after = `still running after ${secondsSince(this.startedMs)} s`;
    return ` ${after}:${files.length === 0 ? ' servers start' : files.join('')}`;
  }
}

/** What failed and why, in one line, which .ci/run repeats at its end. */
function failureOf(what: string, errors: readonly unknown[]): string {
  const [error] = errors;
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : error;
  return `FAILED: ${what}: ${String(message).split('\n', 1)[0]}`;
}

const secondsSince = (momentMs: number): number => Math.round((performance.now() - momentMs) / 1_000);
