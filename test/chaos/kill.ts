import { runChaos } from './command.ts';
import { runKills } from './kill-run.ts';

const HELP = `Kills the parts of a local system with SIGKILL during load, and checks that nothing is lost, doubled or made up.

  npm run test:kill [-- options]

  --kills N        number of kills of the functions' process, the queue and PostgreSQL (default 100)
  --operations N   receipts and transfers to be accepted meanwhile, at least, beside linked transactions (default 50000)
  --seed N         seed of the random choices (default: a new one each time)
  --keep           keep data and logs
  -h, --help       this text
`;

/** The longest pause between two kills: about the time that the functions take to restart. */
const MAX_PAUSE_MS = 8_000;

const command = {
  script: 'npm run test:kill',
  help: HELP,
  numbers: { kills: 100, operations: 50_000, seed: 1 + (Date.now() % 1_000_000) },
  run: async (
    numbers: { readonly kills: number; readonly operations: number; readonly seed: number },
    folder: string,
    log: (line: string) => void,
  ) => await runKills({ ...numbers, maxPauseMs: MAX_PAUSE_MS, folder, log }),
};

process.exit(await runChaos(command, process.argv.slice(2)));
