import { execFile } from 'node:child_process';
import { access, constants, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const CLIENT = join(import.meta.dirname, '../../../client');

/** A folder in which the client's package is installed, as who uses it has it. */
export interface Packed {
  readonly folder: string;
  /** What is in the package, by its paths. */
  readonly files: readonly string[];
}

/**
 * Builds and packs the client, and installs the package into a project of its own.
 *
 * @param folder an empty one
 */
export async function packClient(folder: string): Promise<Packed> {
  const packing = ['pack', '--json', '--pack-destination', folder];
  const { stdout } = await run('npm', packing, { cwd: CLIENT });
  // What the build prints comes before it.
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as {
    filename: string;
    files: { path: string }[];
  }[];
  if (packed === undefined) throw new Error('npm packed nothing');
  const project = join(folder, 'project');
  await mkdir(project);
  await writeFile(join(project, 'package.json'), '{"type": "module", "private": true}');
  const tarball = join(folder, packed.filename);
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], { cwd: project });
  return { folder: project, files: packed.files.map(({ path }) => path) };
}

/** The examples of the client's README, one after the other: they are one story. */
async function readmeScript(): Promise<string> {
  const text = await readFile(join(CLIENT, 'README.md'), 'utf8');
  const blocks = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code);
  if (blocks.length < 7) throw new Error(`README.md has ${blocks.length} examples`);
  return blocks.join('\n');
}

/** The `node` that a shell finds outside of this project, which has a newer one. */
async function systemNode(): Promise<string> {
  const folders = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((each) => !each.includes('node_modules'));
  for (const folder of folders) {
    const node = join(folder, 'node');
    if (
      await access(node, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return node;
  }
  return process.execPath;
}

/** How the examples are compiled. */
const README_TSCONFIG = {
  compilerOptions: {
    ...{ target: 'es2022', module: 'nodenext', strict: true, skipLibCheck: false },
    ...{ types: ['node'], typeRoots: [join(process.cwd(), 'node_modules/@types')] },
  },
  files: ['readme.ts'],
};

/** Compiles the examples of the README. @returns what is wrong with their types */
export async function compileReadme({ folder }: Packed): Promise<string> {
  await writeFile(join(folder, 'readme.ts'), await readmeScript());
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(README_TSCONFIG));
  const compiling = run(join('node_modules', '.bin', 'tsc'), ['--project', folder]);
  return await compiling.then(
    () => '',
    ({ stdout }: { readonly stdout: string }) => stdout,
  );
}

/** 2^53 + 1, which no double keeps, through the package and back. */
export const SMOKE = `
import { MyLittlePs } from 'my-little-ps-client';
const ps = new MyLittlePs({ url: process.env.PS_URL, apiKey: process.env.PS_KEY });
const { WalletID } = await ps.wallets.create({ Name: 'Ada', Country: 'UK', City: 'London', Currency: 'USD' });
const receipt = { WalletId: WalletID, Amount: 9007199254740993n, Currency: 'USD' };
const { TransactionId } = await ps.transactions.receive(receipt);
const { Status } = await ps.transactions.waitFor(TransactionId);
const eur = (await ps.currencies.list()).find(({ Name }) => Name === 'EUR');
console.log(Status + ' ' + (await ps.wallets.get(WalletID)).Balance + ' ' + eur.Rate);
`;

/** The event that the examples read. */
const PS_EVENT = JSON.stringify({
  source: 'my-little-ps',
  'detail-type': 'TransactionSucceeded',
  detail: {
    ...{ Version: 1, EventId: '10', OccurredAt: '2026-11-22T08:21:08.625952Z', CorrelationId: 'c' },
    ...{
      TransactionId: '01a20258-4378-73da-a441-de529f758a6f',
      Kind: 'receipt',
      Currency: 'USD',
      TargetWalletId: '5',
    },
    ...{ Amount: '1', WalletAmount: '1', Balance: '9007199254740993' },
  },
});

/** Runs a script of the project that has the package in the Node.js of this machine, against a system. */
export async function runScript(
  { folder }: Packed,
  script: string,
  { url, apiKey }: { readonly url: string; readonly apiKey: string },
) {
  const env = { PATH: process.env['PATH'], PS_URL: url, PS_KEY: apiKey, PS_EVENT };
  return await run(await systemNode(), [script], { cwd: folder, env });
}
