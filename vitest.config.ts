import { defineConfig } from 'vitest/config';
import { SETTINGS } from './test/support/vitest/settings.ts';

/** A test waits for real processes; a machine of two busy cores takes its time. */
const TIMEOUT_MS = 60_000;

// What checks the deployment takes longer, and has settings of its own: test/template, test/deploy.
export default defineConfig({
  test: {
    reporters: ['default', './test/support/vitest/summary-reporter.ts'],
    env: SETTINGS,
    // Most files wait for other processes more than they compute.
    maxWorkers: 2,
    testTimeout: TIMEOUT_MS,
    hookTimeout: 2 * TIMEOUT_MS,
    projects: [
      {
        // Needs no server, so a run of a single file takes a second.
        extends: true,
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/{integration,e2e,simulation,chaos}/**/*.test.ts'],
          globalSetup: ['test/support/vitest/global-setup.ts'],
        },
      },
    ],
  },
});
