import { dirname, join } from 'node:path';
import { parseSync } from 'oxc-parser';
import type { Room } from './rooms.ts';

/** A source file: its path from the project's root, and its text. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** What the rules are held against. */
export interface Plan {
  readonly rooms: Readonly<Record<string, Room>>;
  readonly topFolders: Readonly<Record<string, readonly string[]>>;
}

/** Lines of a file: what a reader takes in at one sitting. */
const MAX_FILE_LINES = 300;

/** Lines of a function: what fits on a screen. A test's `describe` and its like are chapters, not functions. */
const MAX_FUNCTION_LINES = 70;

/** The room without effects, and the only module that it may import. */
const PURE_ROOM = 'ledger';
const PURE_MODULE = 'node:crypto';

interface Import {
  readonly specifier: string;
  readonly isType: boolean;
}

/**
 * Holds sources against the plan of the house.
 *
 * @returns a sentence for each violation; none when the house is in order
 * @throws Error for a source that does not parse
 */
export function violations(sources: readonly Source[], plan: Plan): string[] {
  return [
    ...wrongRows(plan.rooms),
    ...foldersWithoutRow(sources, plan.rooms),
    ...sources.flatMap((source) => [...wrongImports(source, plan), ...wrongSizes(source)]),
  ];
}

/** A row names only rooms that stand before it: so no arrow points up, and there is no circle. */
function wrongRows(rooms: Plan['rooms']): string[] {
  const names = Object.keys(rooms);
  return Object.entries(rooms).flatMap(([name, { may }]) =>
    may
      .map(withoutTypes)
      .filter((other) => !names.slice(0, names.indexOf(name)).includes(other))
      .map((other) => `the row of ${name}/ names ${other}/, which does not stand before it`),
  );
}

function foldersWithoutRow(sources: readonly Source[], rooms: Plan['rooms']): string[] {
  const found = new Set(sources.flatMap(({ path }) => roomOf(path) ?? []));
  const without = [...found].filter((room) => !Object.hasOwn(rooms, room));
  const empty = Object.keys(rooms).filter((room) => !found.has(room));
  return [
    ...without.map((room) => `lib/${room} has no row among the rooms`),
    ...empty.map((room) => `the row of ${room}/ has no folder in lib/`),
  ];
}

function wrongImports(source: Source, { rooms, topFolders }: Plan): string[] {
  const top = topOf(source.path);
  const room = roomOf(source.path);
  return importsOf(source).flatMap(({ specifier, isType }) => {
    const wrong = (why: string) => [`${source.path} imports ${specifier}: ${why}`];
    if (!specifier.startsWith('.')) {
      return room === PURE_ROOM && specifier !== PURE_MODULE ? wrong(`${PURE_ROOM}/ is pure`) : [];
    }
    const target = join(dirname(source.path), specifier);
    const allowed = topFolders[top];
    if (allowed === undefined) return wrong(`${top}/ has no row among the top folders`);
    if (topOf(target) !== top) {
      const isAllowed = allowed.some((other) => target === other || target.startsWith(`${other}/`));
      return isAllowed ? [] : wrong(`${top}/ may not import it`);
    }
    const other = roomOf(target);
    if (room === undefined || other === undefined || other === room) return [];
    const may = rooms[room]?.may ?? [];
    if (may.includes(other) || (isType && may.includes(`${other} (types)`))) return [];
    return wrong(`the row of ${room}/ does not have ${other}/`);
  });
}

function wrongSizes({ path, text }: Source): string[] {
  const lines = text.trimEnd().split('\n').length;
  const tooLong = lines > MAX_FILE_LINES ? [`${path} has ${lines} lines, over ${MAX_FILE_LINES}`] : [];
  if (path.endsWith('.test.ts')) return tooLong;
  const long = longFunctions({ path, text }).map(
    (each) => `${path}:${each.line} has a function of ${each.lines} lines, over ${MAX_FUNCTION_LINES}`,
  );
  return [...tooLong, ...long];
}

const withoutTypes = (row: string): string => row.replace(' (types)', '');

const topOf = (path: string): string => path.split('/')[0] ?? '';

/** The room of a file in lib/; a file that lies in none is a room of its own name, which has no row. */
function roomOf(path: string): string | undefined {
  const [top, room] = path.split('/');
  return top === 'lib' ? room : undefined;
}

function parsed({ path, text }: Source) {
  const result = parseSync(path, text);
  const [error] = result.errors;
  if (error !== undefined) throw new Error(`${path} does not parse: ${error.message}`);
  return result;
}

/** Imports, re-exports and dynamic imports of a literal. */
function importsOf(source: Source): Import[] {
  const { module } = parsed(source);
  return [
    ...module.staticImports.map(({ moduleRequest, entries }) => ({
      specifier: moduleRequest.value,
      isType: entries.length > 0 && entries.every(({ isType }) => isType),
    })),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest, isType }) =>
        moduleRequest === null ? [] : [{ specifier: moduleRequest.value, isType }],
      ),
    ),
    ...module.dynamicImports.flatMap(({ moduleRequest: { start, end } }) => {
      const literal = /^['"](.+)['"]$/.exec(source.text.slice(start, end))?.[1];
      return literal === undefined ? [] : [{ specifier: literal, isType: false }];
    }),
  ];
}

interface FunctionSize {
  readonly line: number;
  readonly lines: number;
}

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

function longFunctions(source: Source): FunctionSize[] {
  const found: FunctionSize[] = [];
  const linesOf = (start: number, end: number) => source.text.slice(start, end).split('\n').length;
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { type, start = 0, end = 0 } = node as { type?: string; start?: number; end?: number };
    if (type !== undefined && FUNCTIONS.has(type)) {
      const lines = linesOf(start, end);
      if (lines > MAX_FUNCTION_LINES) found.push({ line: linesOf(0, start), lines });
    }
    for (const value of Object.values(node)) visit(value);
  };
  visit(parsed(source).program);
  return found;
}
