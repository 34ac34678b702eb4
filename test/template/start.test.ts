import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { templateOf } from './packages.ts';
import { functionsOf, type Template } from './template.ts';

const run = promisify(execFile);

/** Sample values for references that only CloudFormation can resolve. */
const VALUES: Readonly<Record<string, string>> = {
  QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/123456789012/my-little-ps-prod-operations.fifo',
  DEAD_LETTER_QUEUE_URL:
    'https://sqs.eu-central-1.amazonaws.com/123456789012/my-little-ps-prod-dead-letters.fifo',
  EVENT_BUS_NAME: 'my-little-ps-prod',
  WEBHOOK_POSTS_QUEUE_URL:
    'https://sqs.eu-central-1.amazonaws.com/123456789012/my-little-ps-prod-webhook-posts',
  WEBHOOK_RESULTS_QUEUE_URL:
    'https://sqs.eu-central-1.amazonaws.com/123456789012/my-little-ps-prod-webhook-results',
  REPORTS_BUCKET: 'my-little-ps-prod-reportsbucket-abc',
  DATABASE_HOST: 'my-little-ps-prod.cluster-abc.eu-central-1.rds.amazonaws.com',
  DATABASE_MASTER_SECRET: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!cluster-abc',
};

function environmentOf(template: Template, id: string): Record<string, string> {
  const variables = template.Resources[id]?.Properties['Environment']?.Variables ?? {};
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => {
      return [name, typeof value === 'string' ? value : (VALUES[name] ?? `no value for ${name}`)];
    }),
  );
}

/** The module of each function, with its environment variables. */
function starts(template: Template): Map<string, Record<string, string>> {
  return new Map(
    functionsOf(template).map(([id, { Properties }]) => {
      const file = `${String(Properties['Handler']).replace(/\.\w+$/, '')}.ts`;
      return [file, environmentOf(template, id)] as const;
    }),
  );
}

// Only the stage with every resource and the one with an existing database: dev differs only in numbers.
describe.each(['prod', 'own'] as const)('with the settings that %s gives', (variant) => {
  test('every function starts', async () => {
    const failed: string[] = [];
    for (const [file, environment] of starts(await templateOf(variant))) {
      await run(
        process.execPath,
        ['-e', `import(${JSON.stringify(resolve(file))}).then(() => process.exit(0))`],
        {
          env: { PATH: '', AWS_REGION: 'eu-central-1', AWS_LAMBDA_FUNCTION_NAME: 'start', ...environment },
        },
      ).catch((error) => failed.push(`${file}: ${error.stderr}`));
    }
    expect(failed).toEqual([]);
  });
});
