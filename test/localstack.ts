import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { findEngine, installLocalStack, LocalStackUnavailable } from '../localstack/localstack/start.ts';
import { makeFolder, removeFolder } from './support/temp.ts';

/** What depends on how queues, bus and buckets behave; the same files run on fauxqs in `npm test` and `npm run test:e2e`. */
const FILES = [
  'test/integration/localstack/guard.test.ts',
  'test/integration/localstack/event-source-mapping.test.ts',
  'test/integration/localstack/resources.test.ts',
  'test/integration/messaging/queue-and-bus.test.ts',
  'test/integration/localstack/queue-semantics.test.ts',
  'test/integration/settle/redrive.test.ts',
  'test/e2e/local.test.ts',
];

/**
 * Runs those tests on LocalStack. Where it cannot be had, says so as loudly as a line of text can and ends well: that
 * is no fault of the code. An installation that fails although there is an index that has LocalStack is one.
 */
async function main(): Promise<number> {
  const missing = await whyNoLocalStack();
  if (missing !== undefined) {
    const line = '!'.repeat(100);
    // .ci/run looks for both lines: the reason, and that no test ran.
    console.error(`${line}\nNOT TESTED ON LOCALSTACK: ${missing}\n${line}`);
    console.log('0 passed, 0 failed');
    return 0;
  }
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  const child = spawn(
    process.execPath,
    [vitest, 'run', '--project', 'integration', '--project', 'e2e', '--no-file-parallelism', ...FILES],
    {
      stdio: 'inherit',
      env: { ...process.env, EMULATOR: 'localstack' },
    },
  );
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

/**
 * Nothing once LocalStack can be started; otherwise why it cannot be had here.
 *
 * @throws Error where it can be had, and is not installed all the same
 */
async function whyNoLocalStack(): Promise<string | undefined> {
  const engine = findEngine();
  if (typeof engine === 'string') return engine;
  if (engine.kind === 'docker') return undefined;
  const dataDir = await makeFolder('localstack');
  try {
    await installLocalStack({ python: engine.python, dataDir, log: (line) => console.log(line) });
    return undefined;
  } catch (error) {
    if (error instanceof LocalStackUnavailable) return error.message;
    throw error;
  } finally {
    await removeFolder(dataDir);
  }
}

process.exit(
  await main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  }),
);
