import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { madeWhenNeeded, type PageFiles, pageFilesOf } from '../lib/http/page-files.ts';
import { pageHtml } from './html.ts';

const require = createRequire(import.meta.url);
const LIBRARY = dirname(require.resolve('swagger-ui-dist/package.json'));

const read = (path: string): string => readFileSync(path, 'utf8');

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
  return pageFilesOf(Object.fromEntries(served), pageHtml);
}

/** Everything under `/docs`. */
export const PAGE_FILES: PageFiles = madeWhenNeeded(makeFiles);
