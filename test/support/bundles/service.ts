import { cp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** What a deployment does not read. */
const LEFT_OUT = new Set(['bench', 'coverage', 'localstack', 'node_modules', 'operate', 'test']);

/**
 * Copies what is deployed to a folder: a packaging writes below the folder that it works in, so two at the same time, or
 * one beside a system that runs, each need a folder of their own.
 */
export async function copyService(folder: string): Promise<void> {
  const names = await readdir('.');
  const wanted = names.filter((name) => !name.startsWith('.') && !LEFT_OUT.has(name));
  await Promise.all(wanted.map((name) => cp(name, join(folder, name), { recursive: true })));
  await symlink(resolve('node_modules'), join(folder, 'node_modules'));
}

/**
 * Removes the bundling plugin: it takes most of the time, and the template does not depend on it.
 * test/e2e/bundles.test.ts checks the bundles, test/deploy deploys them.
 */
export async function withoutBundles(file: string): Promise<void> {
  const whole = await readFile(file, 'utf8');
  const rest = whole.replace(/^ +- serverless-esbuild\n/m, '');
  if (rest === whole)
    throw new Error('serverless.yml does not name the plugin serverless-esbuild on a separate line.');
  await writeFile(file, rest);
}
