import { beforeAll, expect, test } from 'vitest';
import { APPLICATION_MUTANTS } from './application-mutants.ts';
import { COST_MUTANTS } from './cost-mutants.ts';
import { INFRASTRUCTURE_MUTANTS } from './infrastructure-mutants.ts';
import { type OwnMetrics, ownMetrics } from './own-metrics.ts';
import { templateOf, VARIANTS, type Variant } from './packages.ts';
import { rulesOf } from './rules.ts';
import type { Template } from './template.ts';

/** Faults planted, one at a time, in a template that keeps every rule; the named rule has to find it. */
const MUTANTS = [...APPLICATION_MUTANTS, ...COST_MUTANTS, ...INFRASTRUCTURE_MUTANTS];

const templates = new Map<Variant, Template>();
let own: OwnMetrics;

beforeAll(async () => {
  for (const variant of Object.keys(VARIANTS) as Variant[]) templates.set(variant, await templateOf(variant));
  own = await ownMetrics(templates.get('prod') as Template);
});

for (const [what, rule, mutate, variant = 'prod'] of MUTANTS)
  test(`if ${what}, the rule ${rule} finds it`, () => {
    const template = structuredClone(templates.get(variant)) as Template;
    const check = rulesOf(variant, own)[rule];
    expect(check?.(template)).toEqual([]);
    mutate(template.Resources, template.Outputs, template.Parameters ?? {});
    expect(check?.(template)).not.toEqual([]);
  });

test('if a metric is renamed in the source, the rule finds the alarm with its old name', () => {
  const renamed = { ...own, names: own.names.filter((name) => name !== 'ReconcileProblems') };
  const check = rulesOf('prod', renamed)['everyAlarmNamesARealMetric'];
  expect(check?.(templates.get('prod') as Template)).toEqual([
    'ReconcileProblemsAlarm: no function writes ReconcileProblems',
  ]);
});

test('every rule has a mutant', () => {
  const rules = (Object.keys(VARIANTS) as Variant[]).flatMap((variant) => Object.keys(rulesOf(variant, own)));
  const tested = MUTANTS.map(([, rule]) => rule);
  expect([...new Set(rules)].filter((rule) => !tested.includes(rule))).toEqual([]);
});
