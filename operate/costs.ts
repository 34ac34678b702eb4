import { type Command, runCommand } from './cli.ts';
import { costsAsMarkdown } from './cost-table.ts';

const HELP = `Prints what a month on AWS costs, as the Markdown that docs/deploy.md has.

  npm run costs

  -h, --help  this text

The loads and what one operation takes are constants of operate/cost-model.ts and operate/cost-table.ts, the prices those of
operate/prices.ts: estimates, of which no bill was seen.
`;

const command: Command<Record<never, never>, object> = {
  script: 'npm run costs',
  help: HELP,
  options: {},
  read: () => ({}),
  run: async () => {
    console.log(costsAsMarkdown());
    return 0;
  },
};

process.exitCode = await runCommand(command, process.argv.slice(2));
