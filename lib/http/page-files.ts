import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import type { CompressedFile } from './compressed.ts';

/** A page and all that it loads. */
export interface PageFiles {
  readonly page: CompressedFile;
  /** By name, which has a hash of the content: a file of a name never changes. */
  readonly files: Readonly<Record<string, CompressedFile>>;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
};

/** Characters of a hash in a name: enough that no two contents share it. */
const HASH_CHARACTERS = 12;

/**
 * Makes what a function serves of a page and its files.
 *
 * @param texts the files, by their names without a hash
 * @param pageOf the page's HTML, given the names with a hash by those without
 */
export function pageFilesOf(
  texts: Readonly<Record<string, string>>,
  pageOf: (names: ReadonlyMap<string, string>) => string,
): PageFiles {
  const names = new Map(Object.entries(texts).map(([name, text]) => [name, hashed(name, text)]));
  return {
    page: compressed('page.html', pageOf(names)),
    files: Object.fromEntries(
      Object.entries(texts).map(([name, text]) => [names.get(name) ?? name, compressed(name, text)]),
    ),
  };
}

/**
 * Puts off the making to the first request for a file, so that no start waits for it; for AWS they are made when the service is
 * packaged (deployment/made-at-packaging.ts).
 */
export function madeWhenNeeded(make: () => PageFiles): PageFiles {
  let made: PageFiles | undefined;
  const whenNeeded = (): PageFiles => {
    made ??= make();
    return made;
  };
  return {
    get page() {
      return whenNeeded().page;
    },
    get files() {
      return whenNeeded().files;
    },
  };
}

function compressed(name: string, text: string): CompressedFile {
  const type = TYPES[extname(name)] ?? 'application/octet-stream';
  return { type, gzip: gzipSync(text, { level: constants.Z_BEST_COMPRESSION }).toString('base64') };
}

function hashed(name: string, text: string): string {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, HASH_CHARACTERS);
  const ending = extname(name);
  return `${name.slice(0, -ending.length)}.${hash}${ending}`;
}

/** What differs between pages. */
interface PageParts {
  readonly title: string;
  /** More of the head, such as style sheets. */
  readonly head: string;
  readonly body: string;
}

/** A page without a script or a style of its own, which the policy of pages forbids: they are in its files. */
export const htmlPage = ({ title, head, body }: PageParts): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
${head}
</head>
<body>
${body}
</body>
</html>
`;
