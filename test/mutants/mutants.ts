import { execFile } from 'node:child_process';
import { cp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type Command, EXIT_FAILED, runCommand } from '../../operate/cli.ts';
import { makeFolder, removeFolder } from '../support/temp.ts';
import type { KnownBug } from './mutant.ts';
import { LINKED_MUTANTS } from './of-linked.ts';
import { WEBHOOK_MUTANTS } from './of-webhooks.ts';

const HELP = `Puts known bugs of linked transactions and webhooks back, one by one, in a copy of the source, and sees whether an integration test notices each.

  npm run test:mutants [-- options]

  --only TEXT    only those whose name has this text
  -h, --help     this text
`;

/** A file of tests takes ten seconds; a busy machine some ten times as long. */
const LIMIT_MS = 300_000;

async function copyProject(folder: string): Promise<void> {
  const names = (await readdir('.')).filter((name) => !name.startsWith('.') && name !== 'node_modules');
  await Promise.all(names.map((name) => cp(name, join(folder, name), { recursive: true })));
  await symlink(resolve('node_modules'), join(folder, 'node_modules'));
}

/** Whether tests fail in a copy. */
async function fails(cwd: string, file: string): Promise<boolean> {
  const args = [resolve('node_modules/vitest/vitest.mjs'), 'run', '--project', 'integration', file];
  return await promisify(execFile)(process.execPath, args, {
    cwd,
    timeout: LIMIT_MS,
    maxBuffer: 2 ** 26,
  }).then(
    () => false,
    (error: { readonly stdout?: string }) => {
      // Tests that failed, and not that they could not be run.
      return /Tests .*failed/.test(error.stdout ?? '');
    },
  );
}

async function test({ bugs }: Options): Promise<number> {
  const folder = await makeFolder('mutants');
  let missed = 0;
  try {
    await copyProject(folder);
    for (const { name, file, find, replace, caughtBy } of bugs) {
      const source = await readFile(file, 'utf8');
      await writeFile(
        join(folder, file),
        source.replace(find, () => replace),
      );
      const isCaught = await fails(folder, caughtBy);
      await writeFile(join(folder, file), source);
      console.log(`${isCaught ? 'caught' : 'MISSED'}: ${name}`);
      if (!isCaught) missed += 1;
    }
  } finally {
    await removeFolder(folder);
  }
  return missed === 0 ? 0 : EXIT_FAILED;
}

const OPTIONS = { only: { type: 'string', default: '' } } as const;

interface Options {
  readonly bugs: readonly KnownBug[];
}

const command: Command<typeof OPTIONS, Options> = {
  script: 'npm run test:mutants',
  help: HELP,
  options: OPTIONS,
  read: ({ only }) => {
    const bugs = [...LINKED_MUTANTS, ...WEBHOOK_MUTANTS].filter(({ name }) => name.includes(only));
    if (bugs.length === 0) throw new Error(`--only takes a part of a known bug's name: none has ${only}.`);
    return { bugs };
  },
  run: test,
};
process.exit(await runCommand(command, process.argv.slice(2)));
