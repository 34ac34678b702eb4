import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

/** It was tried, and failed or found something wrong. */
export const EXIT_FAILED = 1;

/** The options or settings are wrong: nothing was tried. */
export const EXIT_USAGE = 2;

/** The options or settings are wrong; the message is a sentence that says what would be right. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What parseArgs makes of a command line with these options. */
export type Values<T extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: T; allowPositionals: true }>
>['values'];

/** A command of this repository: how its options are read, and what it does with them. */
export interface Command<T extends ParseArgsOptionsConfig, Options> {
  /** How it is started, such as `npm run keys`. */
  readonly script: string;
  /** What `--help` prints. */
  readonly help: string;
  /** As parseArgs takes them; `--help` and `-h` come with every command. */
  readonly options: T;
  /** Whether words that belong to no option are more than a slip of the fingers. */
  readonly takesWords?: boolean;
  /** @throws Error with a sentence where options don't go together, or one has a wrong value */
  readonly read: (values: Values<T>, words: readonly string[]) => Options;
  /** Does the work; returns the exit code. */
  readonly run: (options: Options) => Promise<number>;
  /** The exit code of a `run` that throws, 1 if missing. */
  readonly failed?: number;
}

const HELP = { help: { type: 'boolean', short: 'h', default: false } } as const;

/**
 * Reads a command line.
 *
 * @returns undefined where help is asked for
 * @throws UsageError with a sentence that names what is wrong, and a line that tells of `--help`
 */
export function readOptions<T extends ParseArgsOptionsConfig, Options>(
  { script, options, takesWords = false, read }: Omit<Command<T, Options>, 'run'>,
  args: readonly string[],
): Options | undefined {
  try {
    const config = { ...options, ...HELP };
    const { values, positionals } = parseArgs({
      args: [...args],
      options: config,
      allowPositionals: takesWords,
    });
    if ('help' in values && values.help === true) return undefined;
    return read(values as Values<T>, positionals);
  } catch (error) {
    const help = script.startsWith('npm') ? `${script} -- --help` : `${script} --help`;
    throw new UsageError(`${messageOf(error)}\n${help} lists the options.`);
  }
}

/**
 * Runs a command from its options to its exit code. Help goes to the standard output, and a sentence for whatever fails to
 * the standard error.
 */
export async function runCommand<T extends ParseArgsOptionsConfig, Options>(
  command: Command<T, Options>,
  args: readonly string[],
): Promise<number> {
  try {
    const options = readOptions(command, args);
    if (options !== undefined) return await command.run(options);
    console.log(wrapped(command.help));
    return 0;
  } catch (error) {
    console.error(messageOf(error));
    return error instanceof UsageError ? EXIT_USAGE : (command.failed ?? EXIT_FAILED);
  }
}

/** Columns of the narrowest terminal in common use. */
const COLUMNS = 80;

/**
 * A help text in lines that fit. Its paragraphs and the descriptions of its options are filled; a line that is indented more
 * than an option continues the line before it.
 */
export function wrapped(help: string): string {
  const joined = help.replace(/(\S)\n {4,}(?=\S)/g, '$1 ').replace(/^(\S.*)\n(?=\S)/gm, '$1 ');
  return joined
    .split('\n')
    .flatMap((line) => fill(line, hangingIndent(line)))
    .join('\n');
}

/** A description stays in its column; a command without one goes on further right. */
function hangingIndent(line: string): number {
  const description = /^ {2}\S.*? {2,}/.exec(line)?.[0].length;
  return description ?? (line.startsWith(' ') ? 6 : 0);
}

function fill(line: string, indent: number): string[] {
  const lines: string[] = [];
  let rest = line;
  while (rest.length > COLUMNS) {
    const at = rest.lastIndexOf(' ', COLUMNS);
    if (at <= indent) break;
    lines.push(rest.slice(0, at).trimEnd());
    rest = `${' '.repeat(indent)}${rest.slice(at + 1)}`;
  }
  return [...lines, rest];
}

/** What went wrong, in words: Node refuses a connection to several addresses with an error whose own message is empty. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0)
    return [...new Set(error.errors.map(messageOf))].join(', ');
  if (!(error instanceof Error)) return String(error);
  return error.message || ('code' in error ? String(error.code) : error.name);
}

const WHOLE_NUMBER = /^[1-9]\d{0,8}$/;

/**
 * Reads an option that takes a whole number from 1 to 999999999.
 *
 * @throws Error with a sentence
 */
export function wholeNumber(name: string, text: string): number {
  if (WHOLE_NUMBER.test(text)) return Number(text);
  throw new Error(`--${name} takes a positive whole number, not "${text}".`);
}
