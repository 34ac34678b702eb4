import { relative } from 'node:path';
import type { WriteStream } from 'node:tty';
import { DEFAULT_BASE_PORT } from './addresses.ts';
import type { Local } from './local.ts';

/** Moves to the line's beginning and empties it. */
const CLEAR_LINE = '\r\u001b[K';

/** Columns where the terminal does not say. */
const COLUMNS = 80;

/** Where the start's lines go. */
interface Screen {
  readonly log: (line: string) => void;
  /** Shows how far something is: on a terminal in one line, which the next one of either kind replaces. */
  readonly progress: (line: string) => void;
}

/** Makes a screen of a terminal; a file or a pipe gets every line. */
export function openScreen(stream: Pick<WriteStream, 'write' | 'isTTY' | 'columns'>): Screen {
  const log = (line: string): void => void stream.write(`${line}\n`);
  if (!stream.isTTY) return { log, progress: log };
  let isShown = false;
  return {
    log: (line) => {
      if (isShown) stream.write(CLEAR_LINE);
      isShown = false;
      log(line);
    },
    progress: (line) => {
      isShown = true;
      // A line that is wrapped could not be emptied.
      stream.write(`${CLEAR_LINE}${line.slice(0, (stream.columns || COLUMNS) - 1)}`);
    },
  };
}

/**
 * What is said once everything runs, in lines of 80 columns but for what has no place to break, such as the log's path.
 *
 * @param options as they were given to npm start
 */
export function summary(
  local: Pick<Local, 'urls' | 'logFile'>,
  options: { readonly port: number; readonly auth: boolean },
): string {
  const { urls } = local;
  const port = options.port === DEFAULT_BASE_PORT ? '' : ` --port ${options.port}`;
  const demo = `npm run demo${options.auth || port !== '' ? ' --' : ''}${options.auth ? ' --key KEY' : ''}${port}`;
  const keys = options.auth ? `\n  npm run keys -- create --name me --scopes admin${port}` : '';
  return `
my-little-ps is running.

  Console        ${urls.http}/console
  HTTP API       ${urls.http}
  PostgreSQL     ${urls.database}
  Queues, files  ${urls.queueEndpoint}
    operations   ${urls.queue.replace(urls.queueEndpoint, '')}
    dead letters ${urls.deadLetterQueue.replace(urls.queueEndpoint, '')}
  Event bus      ${urls.eventBus}
  Functions      ${urls.lambda} (Lambda's Invoke API)
  Their log      ${relative('.', local.logFile)}

Open the console in a browser first: it makes wallets, pays, and shows what
became of it. Then, in another terminal:
${keys}
  curl ${urls.http}/live
  ${demo}

and then the README. Ctrl-C stops everything; the data stays for the next start.
`;
}
