import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import type { CompressedFile } from '../lib/http/compressed.ts';
import { pageHtml } from './html.ts';

/** Everything under `/docs`. */
interface PageFiles {
  readonly page: CompressedFile;
  /** By name, which has a hash of the content: a file of a name never changes. */
  readonly files: Readonly<Record<string, CompressedFile>>;
}

const require = createRequire(import.meta.url);
const LIBRARY = dirname(require.resolve('swagger-ui-dist/package.json'));

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
};

/** Characters of a hash in a name: enough that no two contents share it. */
const HASH_CHARACTERS = 12;

const read = (path: string): string => readFileSync(path, 'utf8');

function compressed(name: string, text: string): CompressedFile {
  const type = TYPES[extname(name)] ?? 'application/octet-stream';
  return { type, gzip: gzipSync(text, { level: constants.Z_BEST_COMPRESSION }).toString('base64') };
}

function hashed(name: string, text: string): string {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, HASH_CHARACTERS);
  const ending = extname(name);
  return `${name.slice(0, -ending.length)}.${hash}${ending}`;
}

/** The licences of what the page is made of, as they ask to be handed on. */
const licences = (): string =>
  ['NOTICE', 'LICENSE', 'swagger-ui-bundle.js.LICENSE.txt']
    .map((file) => read(join(LIBRARY, file)).trim())
    .join('\n\n---\n\n');

function makeFiles(): PageFiles {
  const texts = {
    'swagger-ui.css': read(join(LIBRARY, 'swagger-ui.css')),
    'swagger-ui.js': read(join(LIBRARY, 'swagger-ui-bundle.js')),
    'page.css': read(join(import.meta.dirname, 'page.css')),
    'page.js': read(join(import.meta.dirname, 'page.js')),
    'licences.txt': licences(),
  };
  // Nobody looks for a map that is not there.
  const served = Object.entries(texts).map(
    ([name, text]) => [name, text.replace(/\n\/[/*]# sourceMappingURL=.*$/m, '')] as const,
  );
  const names = new Map(served.map(([name, text]) => [name, hashed(name, text)]));
  return {
    page: compressed('page.html', pageHtml(names)),
    files: Object.fromEntries(
      served.map(([name, text]) => [names.get(name) ?? name, compressed(name, text)]),
    ),
  };
}

let made: PageFiles | undefined;

const whenNeeded = (): PageFiles => {
  made ??= makeFiles();
  return made;
};

/**
 * Made by the first request for one, so that no start waits a quarter of a second for them; for AWS when the service is packaged
 * (deployment/made-at-packaging.ts).
 */
export const PAGE_FILES: PageFiles = {
  get page() {
    return whenNeeded().page;
  },
  get files() {
    return whenNeeded().files;
  },
};
