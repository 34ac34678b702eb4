import { defineConfig } from 'vitest/config';

/** cdk-nag reads thousands of types, which takes long on two busy cores. */
const TIMEOUT_MS = 300_000;

export default defineConfig({
  test: {
    include: ['test/template/**/*.test.ts'],
    globalSetup: ['test/template/packages.ts'],
    reporters: ['default', './test/support/vitest/summary-reporter.ts'],
    maxWorkers: 2,
    testTimeout: TIMEOUT_MS,
    hookTimeout: TIMEOUT_MS,
  },
});
