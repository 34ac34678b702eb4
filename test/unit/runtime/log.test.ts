import { describe, expect, test } from 'vitest';
import { FileStoreError } from '../../../lib/aws/file-store-error.ts';
import { describeError } from '../../../lib/runtime/log.ts';

/** As an AWS client throws it: the reply's headers hold what nobody should read in a log. */
const refusal = Object.assign(new Error('Access Denied'), {
  name: 'AccessDenied',
  $fault: 'client',
  $metadata: { httpStatusCode: 403, requestId: 'KTB9', extendedRequestId: 'x', attempts: 2 },
  $response: { headers: { authorization: 'hunter2' } },
});

/** As postgres.js throws it. */
const failure = (code: string, message: string) =>
  Object.assign(new Error(message), {
    ...{ name: 'PostgresError', code, severity: 'ERROR', routine: 'x' },
    ...{ query: 'SELECT $1', parameters: ['hunter2'], args: ['hunter2'], detail: 'Key (name)=(hunter2)' },
  });

describe('describeError', () => {
  test("tells an error's name, message, code and stack", () => {
    const error = Object.assign(new TypeError('it is off'), { code: 'EPIPE' });
    expect(describeError(error)).toEqual({
      ...{ name: 'TypeError', message: 'it is off', code: 'EPIPE' },
      stack: expect.stringMatching(/^TypeError: it is off\n +at /),
    });
  });

  test('tells of a file store that refuses which class it is, and the reason, status and request of S3', () => {
    const error = new FileStoreError('the file could not be stored', { cause: refusal });
    expect(describeError(error)).toEqual({
      ...{ name: 'FileStoreError', message: 'the file could not be stored', stack: expect.any(String) },
      cause: {
        ...{ name: 'AccessDenied', message: 'Access Denied', httpStatus: 403, requestId: 'KTB9' },
        stack: expect.any(String),
      },
    });
  });

  test("tells the errors of an AggregateError, as of a host's addresses, and how many there are", () => {
    const errors = Array.from({ length: 9 }, (_, i) =>
      Object.assign(new Error(`address ${i}`), { code: 'E' }),
    );
    const described = describeError(new AggregateError(errors, 'no address answers'));
    expect(described).toMatchObject({
      ...{ name: 'AggregateError', message: 'no address answers', errorsInAll: 9 },
      errors: [0, 1, 2].map((i) => ({ name: 'Error', message: `address ${i}`, code: 'E' })),
    });
    expect(described['errors']).toHaveLength(3);
  });

  test('tells of each error of an AggregateError what caused it', () => {
    const error = new AggregateError([new Error('a', { cause: refusal })]);
    expect(describeError(error)).toMatchObject({ errors: [{ message: 'a', cause: { requestId: 'KTB9' } }] });
  });

  test('ends where causes go round in a circle', () => {
    const [a, b] = [new Error('a'), new Error('b')];
    a.cause = b;
    b.cause = a;
    expect(describeError(a)).toMatchObject({ cause: { message: 'b', cause: { cause: { message: 'b' } } } });
    const around = new AggregateError([], 'around');
    around.errors.push(...Array(9).fill(around));
    expect(JSON.stringify(describeError(around)).length).toBeLessThan(256 * 1024);
  });

  test('keeps a line within 256 KB where every error has several reasons with long messages', () => {
    const nested = (depth: number): Error => {
      const message = 'x'.repeat(5_000);
      if (depth === 0) return new Error(message);
      const errors = Array.from({ length: 9 }, () => nested(depth - 1));
      return new AggregateError(errors, message, { cause: nested(depth - 1) });
    };
    const text = JSON.stringify(describeError(nested(4)));
    expect(text.length).toBeLessThan(256 * 1024);
    expect(text.match(/"name":/g)?.length).toBe(40);
  });

  test('never tells what a statement was about, a header, or an object that was thrown', () => {
    const secret = { password: 'hunter2', toString: () => 'hunter2' };
    const told = [
      describeError(failure('23505', 'duplicate key value violates unique constraint "wallets_pkey"')),
      describeError(failure('22P02', 'invalid input syntax for type bigint: "hunter2"')),
      describeError(failure('22007', 'invalid input syntax for type date: "a" and "hunter2"\n"hunter2"')),
      describeError(refusal),
      describeError(secret),
      describeError(new Error('it failed', { cause: secret })),
      describeError(new AggregateError([secret, failure('22003', 'value "hunter2" is out of range')])),
    ];
    expect(JSON.stringify(told)).not.toContain('hunter2');
    expect(told[0]).toMatchObject({ message: expect.stringContaining('"wallets_pkey"'), code: '23505' });
    expect(told[1]).toMatchObject({ message: 'invalid input syntax for type bigint: "…"', code: '22P02' });
  });

  test('tells the start of a message that goes on and on, in the stack too', () => {
    const { message, stack } = describeError(new Error('x'.repeat(1_000_000))) as Record<string, string>;
    expect(message).toBe('x'.repeat(2_000));
    expect(stack).toMatch(/x\n +at /);
    expect(stack?.length).toBeLessThan(5_000);
  });

  test.each([
    ['a text', 'it is off', 'it is off'],
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a number', 5, '5'],
    ['an object', { a: 1 }, 'an object that is no Error'],
  ])('tells of %s that was thrown what it is', (_what, thrown, message) => {
    expect(describeError(thrown)).toEqual({ message });
  });
});
