import { Metrics } from '@aws-lambda-powertools/metrics';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { coldStartLine } from '../../../lib/runtime/cold-start.ts';
import { metricsNamespace, SERVICE } from '../../../lib/runtime/service.ts';

const CONTEXT = { awsRequestId: 'request-1' };

/** Everything that was written to the output, line by line. */
let lines: any[] = [];

const metricsOf = (line: any): string[] =>
  line._aws?.CloudWatchMetrics.flatMap(({ Metrics: all }: any) => all.map(({ Name }: any) => Name)) ?? [];

beforeEach(() => {
  lines = [];
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', undefined);
  // As at the start of an instance.
  vi.resetModules();
  const keep = (text: unknown): true => {
    lines.push(
      ...String(text)
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    );
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(keep);
  vi.spyOn(console, 'log').mockImplementation(keep);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** The modules of an instance that just started; with an error of its log kept here. */
async function start() {
  const { observed } = await import('../../../lib/runtime/observed.ts');
  const { metrics, countUnit } = await import('../../../lib/runtime/metrics.ts');
  const log = (await import('../../../lib/runtime/log.ts')).logger;
  const errors = vi.spyOn(log, 'error').mockImplementation(() => {});
  return { observed, metrics, countUnit, log, errors };
}

describe('an observed function', () => {
  test('gets what its maker got, the event and the context, and answers', async () => {
    const { observed } = await start();
    const make =
      (deps: string) =>
      async (event: string, { awsRequestId }: { awsRequestId: string }) =>
        [deps, event, awsRequestId].join();
    expect(await observed('test', make)('deps')('event', CONTEXT)).toBe('deps,event,request-1');
  });

  test('publishes its metrics once, at its end', async () => {
    const { observed, metrics, countUnit } = await start();
    const before: number[] = [];
    const handler = observed('test', () => async () => {
      metrics.addMetric('A', countUnit, 1);
      metrics.addMetric('B', countUnit, 2);
      before.push(lines.length);
    })({});
    await handler({}, CONTEXT);
    expect(lines.map(metricsOf)).toEqual([['ColdStart'], ['A', 'B']]);
    await handler({}, CONTEXT);
    expect(lines.map(metricsOf)).toEqual([['ColdStart'], ['A', 'B'], ['A', 'B']]);
    expect(before).toEqual([1, 2]);
  });

  test('publishes its metrics once, and says in one line why it failed, where it throws', async () => {
    const { observed, metrics, countUnit, errors } = await start();
    const handler = observed('test', () => async () => {
      metrics.addMetric('A', countUnit, 1);
      throw new Error('it is off', { cause: new Error('the ground') });
    })({});
    await expect(handler({}, CONTEXT)).rejects.toThrow('it is off');
    expect(lines.map(metricsOf)).toEqual([['ColdStart'], ['A']]);
    expect(errors.mock.calls).toEqual([
      ['test failed', { error: expect.objectContaining({ message: 'it is off', cause: expect.anything() }) }],
    ]);
  });

  test('prints nothing where it has no metrics', async () => {
    const { observed } = await start();
    const handler = observed('test', () => async () => {})({});
    await handler({}, CONTEXT);
    await handler({}, CONTEXT);
    expect(lines.map(metricsOf)).toEqual([['ColdStart']]);
  });

  test("logs with the invocation's id, unless it sets a better one", async () => {
    const { observed, log } = await start();
    const seen: unknown[] = [];
    const note = () => seen.push(log.getCorrelationId());
    await observed('test', () => async () => void note())({})({}, CONTEXT);
    const better = observed('test', () => async () => {
      log.setCorrelationId('order-17');
      note();
    })({});
    await better({}, { awsRequestId: 'request-2' });
    expect(seen).toEqual(['request-1', 'order-17']);
  });
});

describe('the cold start', () => {
  test('is a metric as the library writes it, without a dimension of its own', () => {
    vi.stubEnv('POWERTOOLS_METRICS_NAMESPACE', 'my-little-ps/prod');
    const library = new Metrics({ namespace: metricsNamespace(), serviceName: SERVICE });
    library.addMetric('ColdStart', 'Count', 1);
    const written = library.serializeMetrics();
    expect(JSON.parse(coldStartLine(written._aws.Timestamp))).toEqual(written);
    expect(written._aws.CloudWatchMetrics[0]?.Namespace).toBe('my-little-ps/prod');
  });

  test('is counted once for an instance, whatever it is called for', async () => {
    const { countColdStart } = await import('../../../lib/runtime/cold-start.ts');
    for (let call = 1; call <= 3; call++) countColdStart();
    expect(lines.map(metricsOf)).toEqual([['ColdStart']]);
  });

  test('is not counted where metrics are off', async () => {
    vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'true');
    const { countColdStart } = await import('../../../lib/runtime/cold-start.ts');
    countColdStart();
    expect(lines).toEqual([]);
  });
});
