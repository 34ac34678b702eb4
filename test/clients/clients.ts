import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createKey } from '../../lib/access/api-key-store.ts';
import { openDatabase } from '../../lib/postgres/database.ts';
import { startLocal } from '../../localstack/local.ts';
import { freeBasePort } from '../../localstack/ports.ts';
import { EXIT_FAILED, messageOf, runCommand } from '../../operate/cli.ts';
import { makeFolder, removeFolder } from '../support/temp.ts';
import { GENERATORS, type Generator } from './generators.ts';
import { missingOf, run } from './toolbox.ts';

const HELP = `Generates a client from the description in each of several languages, and moves 9007199254740993 with it.

  npm run test:clients [-- options] [${GENERATORS.map(({ name }) => name).join('] [')}]

  --keep           keep the generated clients
  -h, --help       this text

Each client is compiled and run against a local system of its own. The generators are installed into the folder for caches
of the user, and stay there.
`;

/** First port of the search for five free ports in a row: far from ports in common use. */
const FIRST_PORT = 20_000 + (process.pid % 20_000);

/** Where a system answers, and a key that may do everything there. */
type Target = Readonly<Record<'URL' | 'KEY', string>>;

/** Runs something against a local system, which is stopped and deleted after it. */
async function withSystem<Result>(folder: string, use: (target: Target) => Promise<Result>): Promise<Result> {
  const log: string[] = [];
  const port = await freeBasePort(FIRST_PORT);
  const local = await startLocal({ port, dataDir: folder, auth: true, log: (line) => log.push(line) });
  try {
    const sql = openDatabase(local.urls.database, 1);
    const made = await createKey(sql, randomUUID(), { name: 'clients', scopes: ['admin'] });
    await sql.end();
    return await use({ URL: local.urls.http, KEY: made?.key ?? '' });
  } catch (error) {
    console.error(log.join('\n'));
    throw error;
  } finally {
    await local.stop();
  }
}

/** Generates, compiles and runs one client; returns a sentence if something went wrong. */
async function tryOut(
  { name, needs, description, make }: Generator,
  folder: string,
  env: Target,
): Promise<string | undefined> {
  const missing = await missingOf(needs);
  if (missing.length > 0) return `${missing.join(', ')} not found on PATH: the client was not tried`;
  try {
    const own = join(folder, name);
    await mkdir(own);
    const { program, args } = await make(
      join(import.meta.dirname, '..', '..', 'description', description),
      own,
    );
    console.log((await run(program, args, { env })).trim());
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

async function tryAll(generators: readonly Generator[], isKept: boolean): Promise<number> {
  const folder = await makeFolder('clients');
  try {
    const failed = await withSystem(join(folder, 'system'), async (target) => {
      let problems = 0;
      for (const generator of generators) {
        console.log(`\n${generator.name}: ${generator.version}, from ${generator.description}`);
        const problem = await tryOut(generator, folder, target);
        if (problem === undefined) continue;
        problems += 1;
        console.error(problem);
      }
      return problems;
    });
    console.log(`\n${generators.length - failed} passed, ${failed} failed`);
    return failed > 0 ? EXIT_FAILED : 0;
  } finally {
    if (isKept) console.log(`The clients are in ${folder}`);
    else await removeFolder(folder);
  }
}

const command = {
  script: 'npm run test:clients',
  help: HELP,
  options: { keep: { type: 'boolean', default: false } },
  takesWords: true,
  read: ({ keep }: { readonly keep?: boolean }, words: readonly string[]) => {
    const unknown = words.find((word) => !GENERATORS.some(({ name }) => name === word));
    if (unknown !== undefined)
      throw new Error(`"${unknown}" must be one of ${GENERATORS.map(({ name }) => name).join(', ')}.`);
    const generators = GENERATORS.filter(({ name }) => words.length === 0 || words.includes(name));
    return { generators, isKept: keep === true };
  },
  run: async ({
    generators,
    isKept,
  }: {
    readonly generators: readonly Generator[];
    readonly isKept: boolean;
  }) => await tryAll(generators, isKept),
} as const;

process.exit(await runCommand(command, process.argv.slice(2)));
