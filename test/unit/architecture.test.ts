import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOMS, TOP_FOLDERS } from '../support/architecture/rooms.ts';
import { type Plan, type Source, violations } from '../support/architecture/violations.ts';

const PLAN: Plan = { rooms: ROOMS, topFolders: TOP_FOLDERS };

async function readSources(): Promise<Source[]> {
  const folders = Object.keys(TOP_FOLDERS).map(async (folder) => {
    const names = await readdir(folder, { recursive: true });
    const paths = names.filter(isSource).map((name) => join(folder, name));
    return await Promise.all(paths.map(async (path) => ({ path, text: await readFile(path, 'utf8') })));
  });
  return (await Promise.all(folders)).flat();
}

/** What a generator wrote, or tsc, is as long as it is. */
const isSource = (name: string): boolean => /\.tsx?$/.test(name) && !/^(?:generated|dist)\//.test(name);

test('every file lies in a room, imports what its row allows, and is short', async () => {
  expect(violations(await readSources(), PLAN)).toEqual([]);
});

describe('a violation is told', () => {
  const house: readonly Source[] = Object.keys(ROOMS).map((room) => ({
    path: `lib/${room}/there.ts`,
    text: 'export const there = 1;\n',
  }));
  const found = (path: string, text: string, plan: Plan = PLAN) =>
    violations([...house, { path, text }], plan);

  test('an orderly house has none', () => {
    expect(violations(house, PLAN)).toEqual([]);
    expect(found('lib/runtime/a.ts', "import type { there } from '../postgres/there.ts';\n")).toEqual([]);
    expect(found('lib/ledger/a.ts', "import { hash } from 'node:crypto';\n")).toEqual([]);
  });

  test('a folder without a row, and a file in no room', () => {
    expect(found('lib/loans/a.ts', '')).toEqual(['lib/loans has no row among the rooms']);
    expect(found('lib/utils.ts', '')).toEqual(['lib/utils.ts has no row among the rooms']);
  });

  test('a row without a folder', () => {
    expect(violations(house.slice(1), PLAN)).toEqual(['the row of ledger/ has no folder in lib/']);
  });

  test.each([
    ['an import', "import { there } from '../settle/there.ts';"],
    ['an import of a type', "import type { There } from '../settle/there.ts';"],
    ['a re-export', "export { there } from '../settle/there.ts';"],
    ['a dynamic import', "const there = await import('../settle/there.ts');"],
  ])('%s that the row does not allow', (_kind, text) => {
    expect(found('lib/accept/a.ts', text)).toEqual([
      'lib/accept/a.ts imports ../settle/there.ts: the row of accept/ does not have settle/',
    ]);
  });

  test('a value imported from where only types may be', () => {
    expect(found('lib/runtime/a.ts', "import { there } from '../postgres/there.ts';")).toEqual([
      'lib/runtime/a.ts imports ../postgres/there.ts: the row of runtime/ does not have postgres/',
    ]);
  });

  test('an effect in the pure room', () => {
    expect(found('lib/ledger/a.ts', "import postgres from 'postgres';")).toEqual([
      'lib/ledger/a.ts imports postgres: ledger/ is pure',
    ]);
  });

  test('an import of a top folder that the one at hand may not know', () => {
    expect(found('lib/http/a.ts', "import '../../functions/health.ts';")).toEqual([
      'lib/http/a.ts imports ../../functions/health.ts: lib/ may not import it',
    ]);
    expect(found('operate/a.ts', "import '../localstack/embedded/fauxqs.ts';")).toEqual([
      'operate/a.ts imports ../localstack/embedded/fauxqs.ts: operate/ may not import it',
    ]);
  });

  test('a row that names a room above it', () => {
    const rooms = { ...ROOMS, ledger: { what: 'the rules of money', may: ['http'] } };
    expect(violations(house, { ...PLAN, rooms })).toEqual([
      'the row of ledger/ names http/, which does not stand before it',
    ]);
  });

  test('a file that is too long, and a function that is', () => {
    const statements = (count: number) => '  f();\n'.repeat(count);
    expect(found('lib/http/a.ts', statements(300))).toEqual([]);
    expect(found('lib/http/a.ts', statements(301))).toEqual(['lib/http/a.ts has 301 lines, over 300']);
    expect(found('lib/http/a.ts', `\nfunction f() {\n${statements(68)}}\n`)).toEqual([]);
    expect(found('lib/http/a.ts', `\nfunction f() {\n${statements(69)}}\n`)).toEqual([
      'lib/http/a.ts:2 has a function of 71 lines, over 70',
    ]);
    expect(found('lib/http/a.ts', `\nexport const f = () => {\n${statements(69)}};\n`)).toEqual([
      'lib/http/a.ts:2 has a function of 71 lines, over 70',
    ]);
  });
});

test('docs/how-it-works.md shows the same rooms', async () => {
  const text = await readFile('docs/how-it-works.md', 'utf8');
  const shown = [...text.matchAll(/^\| `(\w+)\/` \| (.+) \| (.+) \|$/gm)].map((match) => match.slice(1));
  const rows = Object.entries(ROOMS).map(([room, { what, may }]) => [
    room,
    what,
    may.join(', ') || 'nothing',
  ]);
  expect(shown).toEqual(rows);
});

test('biome.json lets an editor tell the same at each keystroke', async () => {
  const { overrides } = JSON.parse(await readFile('biome.json', 'utf8')) as { overrides: Override[] };
  for (const [room, { may }] of Object.entries(ROOMS)) {
    const override = overrides.find(({ includes }) => includes.includes(`lib/${room}/**`));
    const options = override?.linter?.rules?.style?.noRestrictedImports?.options;
    const rooms = may.map((other) => `!../${other.replace(' (types)', '')}/**`);
    const groups = options?.patterns.flatMap(({ group }) => group);
    expect(groups, `lib/${room}/**`).toEqual(
      room === 'ledger' ? ['../**', 'node:*', 'postgres', '@aws-sdk/*', '!node:crypto'] : ['../**', ...rooms],
    );
  }
});

interface Override {
  readonly includes: readonly string[];
  readonly linter?: {
    readonly rules?: {
      readonly style?: {
        readonly noRestrictedImports?: {
          readonly options: { readonly patterns: readonly { readonly group: readonly string[] }[] };
        };
      };
    };
  };
}
