import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { buildSync } from 'esbuild';
import { madeWhenNeeded, type PageFiles, pageFilesOf } from '../lib/http/page-files.ts';
import { consoleHtml } from './html.ts';

const SOURCES = join(import.meta.dirname, 'src');

/** What browsers of the last three years run as it is. */
const TARGET = 'es2022';

const LIBRARIES = ['preact', 'uplot'];

/** The licences of the libraries in the script, as they ask to be handed on. */
function licences(): string {
  const require = createRequire(import.meta.url);
  const texts = LIBRARIES.map((library) => {
    const folder = dirname(require.resolve(`${library}/package.json`));
    return `${library}\n\n${readFileSync(join(folder, 'LICENSE'), 'utf8').trim()}`;
  });
  return texts.join('\n\n---\n\n');
}

function makeFiles(): PageFiles {
  const { outputFiles } = buildSync({
    entryPoints: { console: join(SOURCES, 'main.tsx'), style: join(SOURCES, 'style.css') },
    // Nothing is written: the names alone need a folder.
    ...{ outdir: SOURCES, write: false, bundle: true, minify: true, format: 'iife', target: TARGET },
    ...{ jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none' },
  });
  const textOf = (ending: string): string =>
    outputFiles.find(({ path }) => extname(path) === ending)?.text ?? '';
  return pageFilesOf(
    { 'console.js': textOf('.js'), 'console.css': textOf('.css'), 'licences.txt': licences() },
    consoleHtml,
  );
}

/** Everything under `/console`. */
export const CONSOLE_FILES: PageFiles = madeWhenNeeded(makeFiles);
