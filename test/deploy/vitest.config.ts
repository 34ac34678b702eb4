import { defineConfig } from 'vitest/config';

/** A deployment packages, uploads and waits, which takes long on two busy cores. */
const TIMEOUT_MS = 600_000;

export default defineConfig({
  test: {
    include: ['test/deploy/**/*.test.ts'],
    reporters: ['default', './test/support/vitest/summary-reporter.ts'],
    maxWorkers: 2,
    testTimeout: TIMEOUT_MS,
    hookTimeout: TIMEOUT_MS,
  },
});
