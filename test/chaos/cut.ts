import { runChaos } from './command.ts';
import { runCuts } from './cut-run.ts';

const HELP = `Pays with the TypeScript client through a proxy that cuts half of all requests, before, within and after the reply, and
checks that each payment, some of them several at once, was made exactly once.

  npm run test:cut [-- options]

  --payments N   number of receipts, transfers and linked transactions (default 2000)
  --seed N       seed of the random choices (default 1)
  --keep         keep data and logs
  -h, --help     this text
`;

const command = {
  script: 'npm run test:cut',
  help: HELP,
  numbers: { payments: 2_000, seed: 1 },
  run: async (
    numbers: { readonly payments: number; readonly seed: number },
    folder: string,
    log: (line: string) => void,
  ) => await runCuts({ ...numbers, folder, log }),
};

process.exit(await runChaos(command, process.argv.slice(2)));
