import { App, Stack } from 'aws-cdk-lib';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { beforeAll, describe, expect, test } from 'vitest';
import { CDK_NAG } from './exceptions.ts';
import { templateFile, VARIANTS, type Variant } from './packages.ts';

interface Finding {
  readonly rule: string;
  readonly of: string;
  readonly message: string;
}

/** The findings of both rule packs in a template, by resource. */
function findings(file: string): Finding[] {
  const app = new App({ analyticsReporting: false });
  const stack = new Stack(app, 'Stack');
  new CfnInclude(stack, 'Template', { templateFile: file });
  const reports = [new AwsSolutionsChecks(app), new ServerlessChecks(app)].map((pack) =>
    pack.validateScope(stack),
  );
  return reports.flatMap(({ violations }) =>
    violations.flatMap(({ ruleName, description, violatingResources }) =>
      violatingResources.map(({ constructPath = '' }) => ({
        rule: ruleName,
        of: logicalId(constructPath),
        message: description,
      })),
    ),
  );
}

const logicalId = (path: string): string => path.split('/').at(-1) ?? path;

const isExcepted = ({ rule, of }: Finding): boolean =>
  CDK_NAG.some((exception) => rule.startsWith(exception.rule) && exception.of.test(of));

describe('cdk-nag', () => {
  const all = new Map<Variant, Finding[]>();

  beforeAll(() => {
    for (const variant of Object.keys(VARIANTS) as Variant[])
      all.set(variant, findings(templateFile(variant)));
  });

  test.each(Object.keys(VARIANTS) as Variant[])('has no finding in the template of %s', (variant) => {
    expect(all.get(variant)?.filter((finding) => !isExcepted(finding))).toEqual([]);
  });

  test('every exception is used', () => {
    const found = [...all.values()].flat();
    const unused = CDK_NAG.filter(
      ({ rule, of }) => !found.some((one) => one.rule.startsWith(rule) && of.test(one.of)),
    );
    expect(unused).toEqual([]);
  });
});
