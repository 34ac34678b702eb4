import { runChaos } from './command.ts';
import { runStress } from './stress-run.ts';

const HELP = `Runs clients that make random transfers on a local system, then requests of all kinds at once. Checks that nothing fails
or deadlocks, and the books.

  npm run stress [-- options]

  --seconds N   how long all clients run, each time (default 60)
  --clients N   concurrent requests (default 32)
  --wallets N   wallets to transfer between (default 50)
  --seed N      seed of the random choices (default: a new one each time)
  --keep        keep data and logs
  -h, --help    this text
`;

const command = {
  script: 'npm run stress',
  help: HELP,
  numbers: { seconds: 60, clients: 32, wallets: 50, seed: 1 + (Date.now() % 1_000_000) },
  run: async (
    numbers: {
      readonly seconds: number;
      readonly clients: number;
      readonly wallets: number;
      readonly seed: number;
    },
    folder: string,
    log: (line: string) => void,
  ) => await runStress({ ...numbers, folder, log }),
};

process.exit(await runChaos(command, process.argv.slice(2)));
