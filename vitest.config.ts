import { configDefaults, defineConfig } from 'vitest/config';

// The functions read their settings when they are imported. Tests give theirs to the makers instead, so these only
// have to be well-formed; nothing connects to them.
const env = {
  DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing',
  QUEUE_URL: 'http://127.0.0.1:1/000000000000/nothing.fifo',
  EVENT_BUS_NAME: 'nothing',
  REPORTS_BUCKET: 'nothing',
  WALLET_GROUPS: '2',
  API_KEYS: 'off',
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  POWERTOOLS_LOG_LEVEL: 'SILENT',
  POWERTOOLS_METRICS_DISABLED: 'true',
};

/** A test waits for real processes; a machine of two busy cores takes its time. */
const TIMEOUT_MS = 60_000;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // What checks the deployment takes longer, and has settings of its own.
    exclude: [...configDefaults.exclude, 'test/template/**', 'test/deploy/**'],
    globalSetup: ['test/support/global-setup.ts'],
    reporters: ['default', './test/support/summary-reporter.ts'],
    env,
    // Most files wait for other processes more than they compute.
    maxWorkers: 2,
    testTimeout: TIMEOUT_MS,
    hookTimeout: 2 * TIMEOUT_MS,
  },
});
