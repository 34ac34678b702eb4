import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';

/** A place in a bundle, as a stack names it. */
const PLACE = /(\/[^\s()]+\.cjs):(\d+):(\d+)/g;

const maps = new Map<string, SourceMap | undefined>();

/**
 * Names the source's lines in a stack that names a bundle's. Node's own `--enable-source-maps` makes each start of a
 * function 10 to 20 ms longer; here the map is read when the first error is logged.
 *
 * @returns the stack, unchanged wherever there is no map
 */
export function mapStack(stack: string): string {
  return stack.replace(PLACE, (place: string, file: string, line: string, column: string) => {
    const origin = mapOf(file)?.findOrigin(Number(line), Number(column));
    if (origin === undefined || !('fileName' in origin)) return place;
    return `${origin.fileName}:${origin.lineNumber}:${origin.columnNumber}`;
  });
}

function mapOf(file: string): SourceMap | undefined {
  if (!maps.has(file)) maps.set(file, readMap(`${file}.map`));
  return maps.get(file);
}

function readMap(file: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // A stack that is hard to read is better than none.
    return undefined;
  }
}
