import { parseArgs } from 'node:util';
import { openDatabase, type Sql } from '../lib/postgres/database.ts';
import { isUnreachable } from '../lib/postgres/errors.ts';
import { type Database, serverOf } from '../lib/postgres/server.ts';
import { readConfig } from '../lib/runtime/config.ts';
import { postgresUrl } from '../localstack/embedded/postgres.ts';
import { DEFAULT_BASE_PORT, parseBasePort, portsFrom } from '../localstack/ports.ts';

const EXIT_OFF = 1;
const EXIT_FAILED = 2;

/** Seconds that a check may take: four hours, some billion operations. */
const LIMIT_SECONDS = 14_400;

/** A command that checks the books of a database. */
export interface BookCommand {
  readonly name: 'reconcile' | 'verify';
  /** What `--help` says first. */
  readonly summary: string;
  readonly check: (sql: Sql, seconds: number) => Promise<Outcome>;
}

/** What a check found, as text. */
export interface Outcome {
  readonly text: string;
  readonly isClean: boolean;
}

/** Runs a command from its options to its exit code: 0 where the books are clean, 1 where not, 2 where it can't say. */
export async function runBookCommand(command: BookCommand, args: readonly string[]): Promise<number> {
  const options = readOptions(command, args);
  if ('print' in options) {
    (options.exitCode === 0 ? console.log : console.error)(options.print);
    return options.exitCode;
  }
  const sql = openDatabase(options.url);
  try {
    const { text, isClean } = await command.check(sql, LIMIT_SECONDS);
    console.log(text);
    return isClean ? 0 : EXIT_OFF;
  } catch (error) {
    console.error(whyNot(error, options.url));
    return EXIT_FAILED;
  } finally {
    await sql.end({ timeout: 1 }).catch(() => {});
  }
}

const help = ({ name, summary }: BookCommand): string => `${summary}

  npm run ${name} [-- options]

  --port N   of the local system that npm start was given this port (default ${DEFAULT_BASE_PORT})
  --help     this text

Without --port, DATABASE_URL names the database where it is set. The exit code is 0 where nothing is off, 1 where
something is, 2 where the database can't be checked.
`;

/** Reads the command line; a string in reply is what to print, with its exit code. */
function readOptions(
  command: BookCommand,
  args: readonly string[],
): { url: Database } | { print: string; exitCode: number } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { port: { type: 'string' }, help: { type: 'boolean', default: false } },
    });
    if (values.help) return { print: help(command), exitCode: 0 };
    if (values.port === undefined && process.env['DATABASE_URL'] !== undefined) {
      return { url: readConfig(['DATABASE_URL']).DATABASE_URL };
    }
    const port = parseBasePort(values.port ?? String(DEFAULT_BASE_PORT));
    if (typeof port === 'string') return { print: port, exitCode: EXIT_FAILED };
    return { url: postgresUrl(portsFrom(port).postgres) };
  } catch (error) {
    const lists = `npm run ${command.name} -- --help lists the options.`;
    return { print: `${messageOf(error)}\n${lists}`, exitCode: EXIT_FAILED };
  }
}

/** One sentence, without the URL's password. */
function whyNot(error: unknown, url: Database): string {
  const server = serverOf(url);
  const database = `The database at ${server.host}:${server.port}/${server.database}`;
  const message = messageOf(error).replace(/\.$/, '');
  return isUnreachable(error)
    ? `${database} does not answer (${message}). A local one is started by npm start.`
    : `${database} can't be checked: ${message}.`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
