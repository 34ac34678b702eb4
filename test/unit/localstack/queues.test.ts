import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SUBSCRIPTIONS } from '../../../localstack/localstack/subscriptions.ts';
import deadLetters from '../../../localstack/queues/dead-letters.json' with { type: 'json' };
import failedWebhooks from '../../../localstack/queues/failed-webhooks.json' with { type: 'json' };
import operations from '../../../localstack/queues/operations.json' with { type: 'json' };
import webhookPosts from '../../../localstack/queues/webhook-posts.json' with { type: 'json' };
import webhookResults from '../../../localstack/queues/webhook-results.json' with { type: 'json' };

const serverless = readFileSync('serverless.yml', 'utf8');
const queues = ['queue', 'webhooks'].map((name) => readFileSync(`deployment/${name}.yml`, 'utf8')).join('\n');

test.each([
  ['OperationsQueue', operations],
  ['DeadLetterQueue', deadLetters],
  ['FailedWebhooksQueue', failedWebhooks],
  ['WebhookPostsQueue', webhookPosts],
  ['WebhookResultsQueue', webhookResults],
])('the local queue has what the deployment gives to %s', (resource, local) => {
  const { RedrivePolicy, ...attributes }: Record<string, string> = local.Attributes;
  const declared = propertiesOf(resource);
  const { QueueName, maxReceiveCount, SqsManagedSseEnabled, ...rest } = declared;
  // "${self:service}-${sls:stage}-…" there, with stage `local` here.
  expect(local.QueueName).toBe(QueueName?.replace(/^.*}/, 'my-little-ps-local'));
  // The emulators store nothing encrypted.
  expect(SqsManagedSseEnabled).toBe('true');
  expect(attributes).toEqual(rest);
  expect(maxReceiveCount).toBe(RedrivePolicy && String(JSON.parse(RedrivePolicy).maxReceiveCount));
});

test('the local redrive policy names the local dead-letter queue', () => {
  const { deadLetterTargetArn } = JSON.parse(operations.Attributes.RedrivePolicy);
  expect(deadLetterTargetArn.split(':').at(-1)).toBe(deadLetters.QueueName);
});

test("LocalStack's bus has the subscribers of serverless.yml, each with its pattern", () => {
  const declared = [
    ...serverless.matchAll(/^ {2}(\w+):\n(?: {4}.*\n)*? {6}- eventBridge:\n.*\n {10}pattern: (.*)\n/gm),
  ];
  expect(declared).toHaveLength(serverless.match(/- eventBridge:/g)?.length ?? 0);
  // The patterns are written in YAML's flow style, with bare words.
  const inYaml = (pattern: unknown) => JSON.stringify(pattern).replaceAll('"', '').replaceAll(':', ': ');
  expect(SUBSCRIPTIONS.map(({ functionName, pattern }) => [functionName, inYaml(pattern)])).toEqual(
    declared.map(([, name, pattern]) => [name, pattern?.replaceAll(/\{ | \}/g, (brace) => brace.trim())]),
  );
});

/** The plain values of a resource's properties. The file is small and ours, so this reads lines, not YAML. */
function propertiesOf(resource: string): Record<string, string> {
  const lines = queues.split(`  ${resource}:\n`)[1]?.split('\n') ?? [];
  const end = lines.findIndex((line) => /^ {0,2}\S/.test(line));
  const pairs = lines.slice(0, end).flatMap((line) => {
    const [, name, value] = /^ {6,}(\w+): ([^{\s].*)$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(pairs);
}
