import { beforeAll, describe, expect, test } from 'vitest';
import { QUESTIONS, type Question } from './iam-questions.ts';
import { templateOf, VARIANTS, type Variant } from './packages.ts';
import { arnOf, isAllowed, resourceStatements, roleStatements } from './policies.ts';
import type { Template } from './template.ts';

const templates = new Map<Variant, Template>();

beforeAll(async () => {
  for (const variant of Object.keys(VARIANTS) as Variant[]) templates.set(variant, await templateOf(variant));
});

/** IAM's answer, by the role's own policy and the policies on the resource. */
function answer({ who, action, on, through, context, variant = 'prod' }: Question): boolean {
  const template = templates.get(variant) as Template;
  const [id = '', ...path] = on.split('/');
  const isInTemplate = id in template.Resources;
  const resource = isInTemplate ? [arnOf(template, id), ...path].join('/') : on;
  const functionId = `${who.charAt(0).toUpperCase()}${who.slice(1)}LambdaFunction`;
  const isFunction = functionId in template.Resources;
  const statements = [
    ...(isFunction ? roleStatements(template, functionId) : []),
    ...(isInTemplate ? resourceStatements(template, id) : []),
    ...(through === undefined ? [] : resourceStatements(template, through)),
  ];
  expect(statements).not.toEqual([]);
  return isAllowed(statements, {
    action,
    resource,
    ...(isFunction ? {} : { service: who }),
    ...(context && { context }),
  });
}

describe('IAM', () => {
  test.each(QUESTIONS.map((question) => [question.says, question] as const))('%s', (_, question) => {
    expect(answer(question)).toBe(question.allowed);
  });

  test('is asked about every function that has a right of its own', () => {
    const asked = QUESTIONS.map(({ who }) => who);
    for (const name of [
      'relay',
      'processor',
      'balancer',
      'reconcile',
      'keys',
      'migrate',
      'downloadOperations',
    ])
      expect(asked).toContain(name);
  });
});

describe('the evaluation of policies', () => {
  const allow = { Effect: 'Allow', Action: 'sqs:*', Resource: 'arn:aws:sqs:*:1:a?c' } as const;
  const request = { action: 'sqs:SendMessage', resource: 'arn:aws:sqs:eu-central-1:1:abc' };

  test('takes wildcards in actions and resources, and a dot as a dot', () => {
    expect(isAllowed([allow], request)).toBe(true);
    expect(isAllowed([allow], { ...request, resource: 'arn:aws:sqs:eu-central-1:1:abbc' })).toBe(false);
    expect(isAllowed([{ ...allow, Resource: 'a.c' }], { ...request, resource: 'abc' })).toBe(false);
  });

  test('lets a denial win, and refuses what nothing allows', () => {
    expect(isAllowed([allow, { ...allow, Effect: 'Deny' }], request)).toBe(false);
    expect(isAllowed([], request)).toBe(false);
  });

  test('does not hold a condition on something that is unknown, and knows no other operators', () => {
    const conditional = { ...allow, Condition: { StringEquals: { 'aws:SourceAccount': '1' } } };
    expect(isAllowed([conditional], request)).toBe(false);
    expect(isAllowed([conditional], { ...request, context: { 'aws:SourceAccount': '1' } })).toBe(true);
    const other = { ...allow, Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } };
    expect(() => isAllowed([other], request)).toThrow('a condition has IpAddress');
    expect(() => isAllowed([{ ...allow, NotAction: 'x' } as never], request)).toThrow(
      'a statement has NotAction',
    );
  });

  test('lets a service use only what names it', () => {
    const service = { ...request, service: 'events.amazonaws.com' };
    expect(isAllowed([{ ...allow, Principal: { Service: 'events.amazonaws.com' } }], service)).toBe(true);
    expect(isAllowed([{ ...allow, Principal: { Service: 'sns.amazonaws.com' } }], service)).toBe(false);
    expect(isAllowed([{ ...allow, Principal: { AWS: 'arn:aws:iam::1:root' } }], service)).toBe(false);
  });
});
