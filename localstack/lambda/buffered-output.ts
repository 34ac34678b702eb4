import { writeSync } from 'node:fs';

/** Milliseconds that a line may wait: nobody who watches the log notices, and a burst of lines is one write. */
const FLUSH_MS = 20;

/** Characters that wait at most, so that no burst takes the memory. */
const MAX_WAITING_CHARACTERS = 1_000_000;

/**
 * Writes what this process prints in portions: to a file, Node writes each line by itself and waits for it, which takes a
 * third of a request's time. What waits is written when the process exits, unless it is killed.
 */
export function bufferOutput(): void {
  for (const [stream, fd] of [
    [process.stdout, 1],
    [process.stderr, 2],
  ] as const) {
    let waiting = '';
    let timer: NodeJS.Timeout | undefined;
    const flush = (): void => {
      clearTimeout(timer);
      timer = undefined;
      const text = waiting;
      waiting = '';
      if (text !== '') writeSync(fd, text);
    };
    const write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
      waiting += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      if (waiting.length > MAX_WAITING_CHARACTERS) flush();
      timer ??= setTimeout(flush, FLUSH_MS);
      const done = rest.at(-1);
      if (typeof done === 'function') process.nextTick(done as () => void);
      return true;
    };
    stream.write = write as typeof stream.write;
    process.on('exit', flush);
  }
}
