import { afterEach, describe, expect, test, vi } from 'vitest';
import { entry, setting } from '../../../lib/runtime/entry.ts';

const queue = { setting: 'QUEUE_URL', open: (url: string) => ({ queue: { url } }) } as const;
const bus = { setting: 'EVENT_BUS_NAME', open: (name: string | null) => ({ bus: { name } }) } as const;

const QUEUE_URL = 'https://sqs.eu-central-1.amazonaws.com/123456789012/operations.fifo';

const IN_LAMBDA: [string, string | undefined] = ['AWS_LAMBDA_FUNCTION_NAME', 'my-little-ps-dev-relay'];
const ELSEWHERE: [string, string | undefined] = ['AWS_LAMBDA_FUNCTION_NAME', undefined];

const set = (...settings: [string, string | undefined][]) => {
  for (const [name, value] of settings) vi.stubEnv(name, value);
};
const unset = () => set(['QUEUE_URL', undefined], ['EVENT_BUS_NAME', undefined]);
const setAll = () => set(['QUEUE_URL', QUEUE_URL], ['EVENT_BUS_NAME', 'bus'], ['WALLET_GROUPS', '4']);

afterEach(() => {
  vi.unstubAllEnvs();
});

describe.each([
  ['in Lambda', IN_LAMBDA],
  ['elsewhere', ELSEWHERE],
])('an entry %s', (_where, where) => {
  test('gives a handler what it needs, each by its name, and the event and the context', async () => {
    set(where);
    setAll();
    const handler = entry(
      queue,
      bus,
      setting('WALLET_GROUPS'),
    )((deps) => async (event: string, context: number) => ({ deps, event, context }));
    expect(await handler('event', 5)).toEqual({
      deps: { queue: { url: QUEUE_URL }, bus: { name: 'bus' }, WALLET_GROUPS: 4 },
      ...{ event: 'event', context: 5 },
    });
  });

  test('makes a handler once, and opens once what the handlers of a module share', async () => {
    set(where);
    setAll();
    const open = vi.fn((url: string) => ({ url }));
    const make = vi.fn((deps: object) => async () => deps);
    const handlerOf = entry({ setting: 'QUEUE_URL', open } as const);
    const [first, second] = [handlerOf(make), handlerOf(make)];
    expect(await first()).toBe(await first());
    expect(await first()).toBe(await second());
    expect([open.mock.calls.length, make.mock.calls.length]).toEqual([1, 2]);
  });

  test('passes on what a handler throws', async () => {
    set(where);
    const handler = entry()(() => () => Promise.reject(new Error('it is off')));
    await expect(handler()).rejects.toThrow('it is off');
  });
});

const ALL_THAT_IS_WRONG = /QUEUE_URL takes .*; it is not set\. EVENT_BUS_NAME takes .*; it is not set\./;

test('in Lambda a missing setting fails the start, with all that is wrong', () => {
  set(IN_LAMBDA);
  unset();
  expect(() => entry(queue, bus)).toThrow(ALL_THAT_IS_WRONG);
});

test('elsewhere a missing setting fails each call, with all that is wrong, and no import', async () => {
  set(ELSEWHERE);
  unset();
  const handler = entry(queue, bus)((deps) => async () => deps);
  await expect(handler()).rejects.toThrow(ALL_THAT_IS_WRONG);
  await expect(handler()).rejects.toThrow(ALL_THAT_IS_WRONG);
  set(['QUEUE_URL', QUEUE_URL], ['EVENT_BUS_NAME', 'bus']);
  expect(await handler()).toHaveProperty('bus');
});
