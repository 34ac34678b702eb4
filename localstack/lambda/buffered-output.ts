import { writeSync } from 'node:fs';

/** Milliseconds that a line may wait: nobody who watches the log notices, and a burst of lines is one write. */
const FLUSH_MS = 20;

/** Characters that wait at most, so that no burst takes the memory. */
const MAX_WAITING_CHARACTERS = 1_000_000;

/** The functions' log goes to the standard output, one JSON object a line, whatever its level. Nothing else does. */
const isLogLine = (text: string): boolean => text.startsWith('{"') && text.endsWith('}\n');

/**
 * Writes what this process prints in portions: to a file, Node writes each line by itself and waits for it, which takes a
 * third of a request's time. What waits is written when the process exits, unless it is killed. The log's lines go to the
 * standard output, everything else to the standard error.
 */
export function bufferOutput(): void {
  const [log, errors] = [portions(1), portions(2)];
  for (const stream of [process.stdout, process.stderr]) {
    const write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
      const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      (isLogLine(text) ? log : errors)(text);
      const done = rest.at(-1);
      if (typeof done === 'function') process.nextTick(done as () => void);
      return true;
    };
    stream.write = write as typeof stream.write;
  }
}

function portions(fd: number): (text: string) => void {
  let waiting = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const text = waiting;
    waiting = '';
    if (text !== '') writeSync(fd, text);
  };
  process.on('exit', flush);
  return (text) => {
    waiting += text;
    if (waiting.length > MAX_WAITING_CHARACTERS) flush();
    timer ??= setTimeout(flush, FLUSH_MS);
  };
}
