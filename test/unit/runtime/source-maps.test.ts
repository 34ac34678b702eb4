import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mapStack } from '../../../lib/runtime/source-maps.ts';
import { makeFolder, removeFolder } from '../../support/temp.ts';

describe('mapStack', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await makeFolder('stacks');
  });
  afterAll(() => removeFolder(folder));

  test('names the source and its line where a bundle has a map', async () => {
    const source = join(folder, 'source.ts');
    await writeFile(
      source,
      `import { mapStack } from ${JSON.stringify(resolve('lib/runtime/source-maps.ts'))};

function fails(): never {
  throw new Error('here');
}
try {
  fails();
} catch (error) {
  console.log(mapStack((error as Error).stack ?? ''));
}
`,
    );
    const outfile = join(folder, 'bundle.cjs');
    await build({
      ...{ entryPoints: [source], outfile, bundle: true, minify: true, platform: 'node' },
      ...{ sourcemap: 'linked', sourcesContent: false },
    });
    const { stdout } = await promisify(execFile)(process.execPath, [outfile]);
    expect(stdout).toMatch(/^Error: here$/m);
    expect(stdout).toContain('source.ts:4:9');
  });

  test('leaves a stack as it is where there is no map, or one that is none', async () => {
    const broken = join(folder, 'broken.cjs');
    await writeFile(`${broken}.map`, 'not a map');
    const stack = `Error: x\n    at f (${broken}:1:2)\n    at g (/nowhere/at-all.cjs:3:4)\n    at node:net:5:6`;
    expect(mapStack(stack)).toBe(stack);
  });
});
