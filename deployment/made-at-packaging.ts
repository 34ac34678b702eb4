import { pathToFileURL } from 'node:url';
import type { Plugin } from 'esbuild';

/** The modules whose values are made when a function is packaged, from files that are not part of its package. */
const MADE_AT_PACKAGING = /[\\/](description[\\/]served|reference[\\/]files|console[\\/]files)\.ts$/;

/** Has esbuild put the values of such modules into the bundle, in place of what makes them. */
const madeAtPackaging: Plugin = {
  name: 'made-at-packaging',
  setup: (build) => {
    build.onLoad({ filter: MADE_AT_PACKAGING }, async ({ path }) => {
      const made = Object.entries((await import(pathToFileURL(path).href)) as Record<string, unknown>);
      const lines = made.map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`);
      return { contents: lines.join('\n'), loader: 'js' };
    });
  },
};

export default [madeAtPackaging];
