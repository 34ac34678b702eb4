import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');

const VARIABLES = [
  'DATABASE_URL',
  'DATABASE_HOST',
  'QUEUE_URL',
  'EVENT_BUS_NAME',
  'REPORTS_BUCKET',
  'API_KEYS',
  'WEBHOOK_RESULTS_QUEUE_URL',
];

/** A handler of a module, as it is exported. */
interface Entry {
  readonly name: string;
  /** What its `entry(…)` is given. */
  readonly needs: readonly string[];
}

/** Every handler by module, read out of the source: `entry(…)` stands once in each. */
async function entriesBySource(): Promise<Map<string, readonly Entry[]>> {
  const files = await readdir(join(ROOT, 'functions'));
  const found = files.map(async (file) => {
    const source = await readFile(join(ROOT, 'functions', file), 'utf8');
    const [all = [], ...others] = [...source.matchAll(/\bentry\(([^;]*?)\)\(|\bentry\(([^;]*?)\);/g)];
    expect(others, file).toEqual([]);
    const needs = [...(all[1] ?? all[2] ?? '').matchAll(/(?<=^|[\s,])(\w+)(?=,|$)/g)].map(([word]) => word);
    const names = [...source.matchAll(/^export const (\w+) = (?:entry|handlerOf)\(/gm)];
    return [file, names.map(([, name = '']) => ({ name, needs }))] as const;
  });
  return new Map(await Promise.all(found));
}

/** Files of functions/ that need nothing. */
const WITHOUT_SETTINGS = ['event-log.ts', 'preflight.ts'];

/** What those miss first that have no database. */
const FIRST_MISSING: Readonly<Record<string, string>> = {
  'live.ts': 'API_KEYS',
  'describe.ts': 'API_KEYS',
  'docs.ts': 'API_KEYS',
  'console.ts': 'API_KEYS',
  'webhook-post.ts': 'WEBHOOK_RESULTS_QUEUE_URL',
};

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the handlers of functions/', () => {
  test('can be imported without settings, and say with the first call which are missing', async () => {
    for (const variable of VARIABLES) vi.stubEnv(variable, undefined);
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', undefined);
    for (const [file, entries] of await entriesBySource()) {
      const module: Record<string, any> = await import(join(ROOT, 'functions', file));
      expect(entries.length, file).toBeGreaterThan(0);
      for (const { name } of entries.filter(() => !WITHOUT_SETTINGS.includes(file))) {
        const call: Promise<unknown> = module[name]({}, { awsRequestId: 'request-1' });
        const missing = FIRST_MISSING[file] ?? 'DATABASE_URL';
        await expect(call, `${file} ${name}`).rejects.toThrow(
          new RegExp(`^${missing} takes .*; it is not set\\.`),
        );
      }
    }
  });

  test('need what serverless.yml says that they need, in its words', async () => {
    const yaml = await readFile(join(ROOT, 'serverless.yml'), 'utf8');
    const functions = [...yaml.matchAll(/handler: functions\/([\w-]+)\.(\w+)\n +needs: \[([^\]]*)\]/g)];
    expect(functions.length).toBe(yaml.match(/handler: functions\//g)?.length);
    const entries = await entriesBySource();
    for (const [, module, name, words = ''] of functions) {
      const { needs = [] } = entries.get(`${module}.ts`)?.find((found) => found.name === name) ?? {};
      // Lambda itself receives, from each queue; the migration reads where the database is, and opens it as its owner.
      const said = words.split(', ').filter((word) => !/^(|receive\w*|migration)$/.test(word));
      const opened = needs.filter((need) => need !== 'apiKeys');
      expect(opened.toSorted(), `${module}.${name}`).toEqual(module === 'migrate' ? [] : said.toSorted());
    }
  });
});
