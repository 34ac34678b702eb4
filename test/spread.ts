import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

/** What runs there: accepting and settling. How a single server plans its statements is no question there. */
const FILES = [
  'test/integration/accept/batch.test.ts',
  'test/integration/accept/holds.test.ts',
  'test/integration/accept/receipts-and-transfers.test.ts',
  'test/integration/accept/refunds.test.ts',
  'test/integration/settle/backlog.test.ts',
  'test/integration/settle/beside.test.ts',
  'test/integration/settle/events.test.ts',
  'test/integration/settle/follow-up.test.ts',
  'test/integration/settle/processor.test.ts',
  'test/integration/settle/redrive.test.ts',
  'test/integration/settle/relay.test.ts',
];

const HELP = `npm run test:spread -- --url postgres://USER@COORDINATOR:PORT/DATABASE

Runs the tests of accepting and settling on a Citus cluster, with the tables spread over its workers by wallet.

The database has the extension and knows the workers (SELECT citus_add_node('worker-1', 5432)), by names and ports that this
machine reaches, too. The user may make databases on each server, without a password or with the one of the URL. Each test file
makes a database of its own there, and drops it.`;

/** A wrong command line. */
const EXIT_USAGE = 2;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { url: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  if (values.url === undefined) {
    console.error(`It needs a Citus cluster: no --url was given.\n\n${HELP}`);
    return EXIT_USAGE;
  }
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', '--project', 'spread', ...FILES], {
    stdio: 'inherit',
    env: { ...process.env, CITUS_URL: values.url },
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

process.exitCode = await main();
