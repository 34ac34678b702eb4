import './quiet.ts';

import { openDatabase } from '../../lib/postgres/database.ts';
import { migrate } from '../../lib/postgres/migrate.ts';
import { type Command, EXIT_FAILED, runCommand } from '../../operate/cli.ts';
import { tableLines } from '../../operate/text-table.ts';
import { startTestServer } from '../support/postgres-server.ts';
import { runWebhooks } from './run.ts';

const HELP = `Has events posted to two receivers of their own processes, one of which is killed all the time and one slow and lying,
and checks what docs/webhooks.md promises: nothing lost, the same id each time, every signature right.

  npm run test:webhooks [-- options]

  --events N    events, each for both receivers (default 50000)
  -h, --help    this text
`;

/** Milliseconds between two kills. */
const KILL_EVERY_MS = 2_000;

const DATABASE_CONNECTIONS = 8;

const OPTIONS = { events: { type: 'string', default: '50000' } } as const;

const command: Command<typeof OPTIONS, number> = {
  script: 'npm run test:webhooks',
  help: HELP,
  options: OPTIONS,
  read: ({ events }) => {
    if (!/^[1-9]\d{1,6}$/.test(events)) throw new Error(`--events takes a number from 10, not "${events}".`);
    return Number(events);
  },
  run: test,
};

async function test(events: number): Promise<number> {
  const server = await startTestServer('webhooks');
  try {
    await migrate(server.url);
    const sql = openDatabase(server.url, DATABASE_CONNECTIONS);
    const begun = performance.now();
    const report = await runWebhooks({
      ...{ sql, folder: server.folder, events, killEveryMs: KILL_EVERY_MS },
      log: (line) => console.log(`${((performance.now() - begun) / 1_000).toFixed(0)} s: ${line}`),
    });
    await sql.end();
    const [names, tallies] = [Object.keys(report), Object.values(report)];
    const row = (what: string, read: (tally: (typeof tallies)[number]) => unknown) => [
      what,
      ...tallies.map((tally) => String(read(tally))),
    ];
    const lines = [
      ['', ...names],
      row('messages taken (promised: all)', ({ taken }) => `${taken} of ${events}`),
      row('posts', ({ posts }) => posts),
      row('messages that came more than once (promised: perhaps)', ({ repeated }) => repeated),
      row('most posts of one message', ({ most }) => most),
      row('posts after one of a later event (promised: perhaps)', ({ overtaken }) => overtaken),
      row('messages answered with 200 and not taken', ({ lies }) => lies),
      row('posts with a wrong signature or id (promised: none)', ({ wrong }) => wrong),
    ];
    console.log(tableLines(lines).join('\n'));
    return tallies.every(({ taken, wrong }) => taken === events && wrong === 0) ? 0 : EXIT_FAILED;
  } finally {
    await server.stop();
  }
}

process.exit(await runCommand(command, process.argv.slice(2)));
