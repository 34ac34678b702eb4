import { beforeAll, describe, expect, test } from 'vitest';
import { type OwnMetrics, ownMetrics } from './own-metrics.ts';
import { templateOf, VARIANTS, type Variant } from './packages.ts';
import { rulesOf } from './rules.ts';
import type { Template } from './template.ts';

/** Enough to list the rules' names; the real metrics are read once the template exists. */
const NAMES_ONLY: OwnMetrics = { namespace: '', dimensions: {}, names: [] };

/** `oneRolePerFunction` is "one role per function". */
const inWords = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

describe.each(Object.keys(VARIANTS) as Variant[])('the template of %s', (variant) => {
  let template: Template;
  let own: OwnMetrics;

  beforeAll(async () => {
    template = await templateOf(variant);
    own = await ownMetrics(template);
  });

  const names = Object.keys(rulesOf(variant, NAMES_ONLY)).map((name) => [inWords(name), name]);
  test.each(names)('%s', (_, name = '') => {
    expect(rulesOf(variant, own)[name]?.(template)).toEqual([]);
  });
});
