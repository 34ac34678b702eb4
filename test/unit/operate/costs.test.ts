import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { LINES } from '../../../operate/cost-model.ts';
import { costsAsMarkdown, DEV_RUNS_PER_DAY, LOADS } from '../../../operate/cost-table.ts';
import { tiered } from '../../../operate/prices.ts';

const run = promisify(execFile);

const read = async (path: string): Promise<string> => await readFile(resolve(path), 'utf8');

/** What a function writes about one request and one call of the processor, each on a line. */
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
`;

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
    const { audit, request, settled, metrics } = LINES;
    const bytes = stdout
      .trim()
      .split('\n')
      .map((line) => line.length);
    expect(bytes).toHaveLength(4);
    for (const [index, counted] of [audit, request, settled, metrics].entries())
      expect((bytes[index] ?? 0) / counted, stdout).toBeCloseTo(1, 1);
    expect(stdout).not.toMatch(/sampling_rate|xray_trace_id/);
  });

  test('fall with the amount where the price does', () => {
    const tiers = [
      [10, 2],
      [Infinity, 1],
    ] as const;
    expect([tiered(0, tiers), tiered(10, tiers), tiered(15, tiers)]).toEqual([0, 20, 25]);
  });
});
