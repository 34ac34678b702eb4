import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { billOf, DEFAULTS, LINES, sumOf } from '../../../operate/cost-model.ts';
import { costsAsMarkdown, DEV_RUNS_PER_DAY, LOADS } from '../../../operate/cost-table.ts';
import { tiered } from '../../../operate/prices.ts';
import { webhookBillOf } from '../../../operate/webhook-costs.ts';

const run = promisify(execFile);

const read = async (path: string): Promise<string> => await readFile(resolve(path), 'utf8');

/** What functions write about one request, one call of the processor, and one call of each that webhooks have, each on a line. */
const WRITE = `
const { logAuditLine } = await import(process.argv[1] + '/http/audit-line.ts');
const { logger } = await import(process.argv[1] + '/runtime/log.ts');
const { countUnit, metrics } = await import(process.argv[1] + '/runtime/metrics.ts');
const id = '01a202ed-c62c-71bc-a0cb-5f3580d5487c';
logger.setCorrelationId(id);
const http = { method: 'POST', sourceIp: '203.0.113.117', userAgent: 'Mozilla/5.0 (X11; Linux x86_64)  axios/1.7.2' };
const event = { routeKey: 'POST /receive_amount', rawPath: '/receive_amount', requestContext: { http } };
logAuditLine(event, { id, name: 'shop' }, { statusCode: 200 }, 47);
logger.debug('request', { route: event.routeKey, status: 200, durationMs: 47 });
logger.info('batch settled', { succeeded: 15, declined: 0, failed: 0, buried: 0, correlationIds: [] });
for (const name of ['OperationsSettled', 'OperationsDeclined', 'MessagesFailed']) metrics.addMetric(name, countUnit, 15);
metrics.publishStoredMetrics();
logger.info('event staged', { type: 'TransactionSucceeded', eventId: '1234567890', webhooks: 1, sent: 1 });
logger.resetKeys();
const post = { webhookId: id, messageId: 'event-1234567890', attempt: 1, outcome: 'delivered', status: 200, problem: null };
logger.info('posted', post);
logger.info('results noted', { delivered: 10, failed: 0, givenUp: 0, disabled: 0, sent: 10, unreadable: 0 });
for (const name of ['WebhookMessagesDelivered', 'WebhookPostsFailed', 'WebhookMessagesGivenUp', 'WebhooksDisabled'])
  metrics.addMetric(name, countUnit, 10);
metrics.publishStoredMetrics();
`;

const BUSIEST = LOADS.at(-1) as (typeof LOADS)[number];

describe('the costs of a deployment', () => {
  test('are those that docs/deploy.md tells', async () => {
    const [, told] =
      /<!-- npm run costs -->\n\n([\s\S]*?)\n\n<!-- end -->/.exec(await read('docs/deploy.md')) ?? [];
    expect(told).toBe(costsAsMarkdown());
  });

  test('are at least 30 % lower than before, with a thousand operations a second', () => {
    const [, percent] = /(\d+) % less than/.exec(costsAsMarkdown()) ?? [];
    expect(Number(percent)).toBeGreaterThanOrEqual(30);
  });

  test('are about what serverless.yml deploys', async () => {
    const text = await read('serverless.yml');
    const [, dev = '', prod = ''] =
      /^params:\n {2}default:\n([\s\S]*?)\n {2}prod:\n([\s\S]*?)\n {2}\S/m.exec(text) ?? [];
    const of = (name: string, stage = dev) => new RegExp(`^    ${name}: (.*)$`, 'm').exec(stage)?.[1];
    expect([of('relayRate'), of('balancerRate'), of('reconcileRate')]).toEqual([
      'rate(6 hours)',
      'rate(1 day)',
      'rate(1 day)',
    ]);
    expect(DEV_RUNS_PER_DAY).toBe(4 + 1 + 1);
    expect([of('tracing'), of('events'), of('routeMetrics'), of('minCapacity')]).toEqual([
      ...['false', 'auto', 'false', '0'],
    ]);
    const [idleDev, busiest] = [LOADS[0], LOADS.at(-1)];
    expect(idleDev).toMatchObject({
      instances: 1,
      backupDays: Number(of('backupDays')),
      logDays: Number(of('logDays')),
    });
    expect(busiest).toMatchObject({
      units: [Number(of('maxCapacity', prod)), Number(of('maxCapacity', prod))],
      instances: of('standby', prod) === 'true' ? 2 : 1,
      backupDays: Number(of('backupDays', prod)),
      logDays: Number(of('logDays', prod)),
    });
  });

  test('count the bytes that a function really logs', async () => {
    const { stdout } = await run(
      process.execPath,
      ['--input-type=module', '-e', WRITE, join(import.meta.dirname, '../../../lib')],
      {
        env: {
          ...{ PATH: '', POWERTOOLS_LOG_LEVEL: 'DEBUG', POWERTOOLS_METRICS_NAMESPACE: 'my-little-ps/prod' },
          AWS_LAMBDA_FUNCTION_NAME: 'my-little-ps-prod-receiveAmount',
          _X_AMZN_TRACE_ID: 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=557abcec3ee5a047;Sampled=0',
        },
      },
    );
    const { audit, request, settled, metrics, staged, posted, noted, webhookMetrics } = LINES;
    const counted = [audit, request, settled, metrics, staged, posted, noted, webhookMetrics];
    const bytes = stdout
      .trim()
      .split('\n')
      .map((line) => line.length);
    expect(bytes).toHaveLength(counted.length);
    for (const [index, expected] of counted.entries())
      expect((bytes[index] ?? 0) / expected, stdout).toBeCloseTo(1, 1);
    expect(stdout).not.toMatch(/sampling_rate|xray_trace_id/);
  });

  test('of webhooks are those of their calls, requests and posts', () => {
    // 1,000 events a second make 2,628 million in a month, which ten by ten are 262.8 million calls of each function behind a queue.
    const rows = new Map(webhookBillOf(BUSIEST, DEFAULTS).map(({ name, dollars }) => [name, dollars[1]]));
    expect(rows.get('EventBridge')).toBeCloseTo(2_628);
    expect(rows.get('SQS, standard queues')).toBeCloseTo((2 * 2_628 + 4 * 262.8) * 0.4);
    expect(rows.get('posts, out of AWS')).toBeCloseTo(2_628 * 3 * 0.09);
    const publishing = webhookBillOf(BUSIEST, { ...DEFAULTS, events: true });
    expect(publishing.find(({ name }) => name === 'EventBridge')?.dollars).toEqual([0, 0]);
  });

  test('of webhooks that nobody has are their metrics and what Lambda asks two idle queues for', () => {
    const [dev = BUSIEST] = LOADS;
    const paid = webhookBillOf(dev, DEFAULTS).filter(({ dollars }) => dollars[1] > 0);
    expect(paid.map(({ name }) => name)).toEqual(['SQS, standard queues', 'metrics, alarms']);
    expect(sumOf(paid)[1]).toBeLessThan(3);
  });

  test('of linked transactions are less, since one request and one message are for all of it', () => {
    const [plain, linked] = [false, true].map((isLinked) =>
      sumOf(billOf(BUSIEST, { ...DEFAULTS, perRequest: 10, linked: isLinked, events: true })),
    );
    expect(linked?.[1]).toBeLessThan(plain?.[1] ?? 0);
    const single = { ...DEFAULTS, events: true };
    // A linked transaction of one operation is a transaction with fewer messages.
    expect(sumOf(billOf(BUSIEST, { ...single, linked: true }))[1]).toBeLessThan(
      sumOf(billOf(BUSIEST, single))[1],
    );
  });

  test('fall with the amount where the price does', () => {
    const tiers = [
      [10, 2],
      [Infinity, 1],
    ] as const;
    expect([tiered(0, tiers), tiered(10, tiers), tiered(15, tiers)]).toEqual([0, 20, 25]);
  });
});
