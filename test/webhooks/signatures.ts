import { spawn } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { newSecret, signedHeaders } from '../../lib/webhooks/sign.ts';
import { EXIT_FAILED, messageOf, runCommand } from '../../operate/cli.ts';
import { makeFolder, removeFolder } from '../support/temp.ts';

const HELP = `Checks posts that this system signed with the libraries of the Standard Webhooks specification for Python and Go.

  npm run test:signatures

It takes Python 3 with venv, and Go 1.22 or newer. The libraries go into a folder that is deleted afterwards.
`;

/** Secrets to try: each makes a right sample for each secret of a pair, and wrong ones. */
const PAIRS = 50;

/** A slow network takes minutes for a package. */
const LIMIT_MS = 5 * 60_000;

/** A signed post, and whether it is one by its secret. */
interface Sample {
  readonly Secret: string;
  readonly Headers: Readonly<Record<string, string>>;
  readonly Body: string;
  readonly IsRight: boolean;
}

/** What bodies may hold: other alphabets, escapes, blanks that count. */
const NAMES = ['Jon Snow', 'Jörg ✓', '"\\"', '王小明', 'a b\u2028c', '😀', ''];

function samplesOf(pair: number): Sample[] {
  const [current, old, other] = [newSecret(), newSecret(), newSecret()];
  const data = { EventId: String(pair), Name: NAMES[pair % NAMES.length] };
  const Body = JSON.stringify({ type: 'WalletCreated', timestamp: '2026-11-29T12:00:00.123456Z', data });
  const signed = { messageId: `event-${pair}`, timestamp: Math.floor(Date.now() / 1_000), body: Body };
  const Headers = signedHeaders(signed, [current, old]);
  return [
    { Secret: current, Headers, Body, IsRight: true },
    { Secret: old, Headers, Body, IsRight: true },
    { Secret: other, Headers, Body, IsRight: false },
    { Secret: current, Headers, Body: `${Body} `, IsRight: false },
    { Secret: current, Headers: { ...Headers, 'webhook-id': 'event-x' }, Body, IsRight: false },
  ];
}

/** Runs a program to its end. @throws Error with what it printed, if it fails */
async function run(program: string, args: readonly string[], cwd: string, input = ''): Promise<string> {
  const child = spawn(program, args, { cwd, timeout: LIMIT_MS });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  child.stdin.end(input);
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${out}${err}`);
  return out.trim();
}

const PROGRAMS: Readonly<Record<string, (folder: string, input: string) => Promise<string>>> = {
  async python(folder, input) {
    await run('python3', ['-m', 'venv', 'venv'], folder);
    const python = join(folder, 'venv', 'bin', 'python');
    await run(python, ['-m', 'pip', 'install', '--quiet', '--no-input', '-r', 'requirements.txt'], folder);
    return await run(python, ['main.py'], folder, input);
  },
  go: async (folder, input) => await run('go', ['run', '-mod=readonly', '.'], folder, input),
};

async function check(): Promise<number> {
  const samples = Array.from({ length: PAIRS }, (_, pair) => samplesOf(pair)).flat();
  const folder = await makeFolder('signatures');
  let failed = false;
  try {
    for (const [name, program] of Object.entries(PROGRAMS)) {
      const own = join(folder, name);
      await cp(join(import.meta.dirname, 'signatures', name), own, { recursive: true });
      const told = await program(own, JSON.stringify(samples)).catch((error: unknown) => {
        failed = true;
        return messageOf(error);
      });
      console.log(`${name}: ${told}`);
    }
  } finally {
    await removeFolder(folder);
  }
  return failed ? EXIT_FAILED : 0;
}

const command = { script: 'npm run test:signatures', help: HELP, options: {}, read: () => ({}), run: check };
process.exit(await runCommand(command, process.argv.slice(2)));
