import { configDefaults, defineConfig } from 'vitest/config';
import { SETTINGS } from './test/support/vitest/settings.ts';

/** A test waits for real processes; a machine of two busy cores takes its time. */
const TIMEOUT_MS = 60_000;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // What checks the deployment takes longer, and has settings of its own.
    exclude: [...configDefaults.exclude, 'test/template/**', 'test/deploy/**'],
    globalSetup: ['test/support/vitest/global-setup.ts'],
    reporters: ['default', './test/support/vitest/summary-reporter.ts'],
    env: SETTINGS,
    // Most files wait for other processes more than they compute.
    maxWorkers: 2,
    testTimeout: TIMEOUT_MS,
    hookTimeout: 2 * TIMEOUT_MS,
  },
});
