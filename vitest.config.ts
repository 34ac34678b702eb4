import { defineConfig } from 'vitest/config';
import { SETTINGS } from './test/support/vitest/settings.ts';

/** The longest test computes for five seconds; a busy machine takes twenty times as long. */
const UNIT_LIMIT_MS = 240_000;

/** It waits for real servers: more than twice as long as one wait may take (PATIENCE in test/support/constants.ts). */
const INTEGRATION_LIMIT_MS = 240_000;

const ON_SERVERS = {
  globalSetup: ['test/support/vitest/global-setup.ts'],
  testTimeout: INTEGRATION_LIMIT_MS,
  hookTimeout: INTEGRATION_LIMIT_MS,
};

// `npm test` runs the first two projects, CI all of them. What checks the deployment has settings of its own: test/template, test/deploy.
export default defineConfig({
  test: {
    reporters: ['default', './test/support/vitest/summary-reporter.ts'],
    env: SETTINGS,
    // Most files wait for other processes more than they compute.
    maxWorkers: 2,
    projects: [
      {
        // Needs no server, so a run of a single file takes a second.
        extends: true,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          testTimeout: UNIT_LIMIT_MS,
          hookTimeout: UNIT_LIMIT_MS,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          ...ON_SERVERS,
        },
      },
      {
        // Whole systems, bundles, and what the README says.
        extends: true,
        test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...ON_SERVERS },
      },
      {
        extends: true,
        test: { name: 'browser', include: ['test/browser/**/*.test.ts'], ...ON_SERVERS },
      },
      {
        // A system under load or at random, with failures.
        extends: true,
        test: { name: 'chaos', include: ['test/{simulation,chaos}/**/*.test.ts'], ...ON_SERVERS },
      },
      {
        // Once more on tables that are partitioned by wallet, with the statements for tables that are spread over servers: none
        // may need a key across wallets.
        extends: true,
        test: {
          name: 'spread',
          include: ['test/integration/{accept,settle}/**/*.test.ts'],
          env: { SPREAD_BY_WALLET: 'yes' },
          ...ON_SERVERS,
        },
      },
    ],
  },
});
