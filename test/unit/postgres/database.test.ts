import { describe, expect, test } from 'vitest';
import { array } from '../../../lib/postgres/database.ts';
import { isElsewhere, isUnavailable, wasRefused } from '../../../lib/postgres/errors.ts';

describe('array', () => {
  test.each([
    ['nothing', [], '{}'],
    ['numbers', [1, 2.5, -3], '{"1","2.5","-3"}'],
    ['bigints', [9_007_199_254_740_993n, -(2n ** 63n)], '{"9007199254740993","-9223372036854775808"}'],
    ['null', [null, 1n, null], '{NULL,"1",NULL}'],
    ['the word NULL, which is no null', ['NULL', 'null'], '{"NULL","null"}'],
    ['an empty string', [''], '{""}'],
    ['spaces, commas and braces', [' a, b ', '{c}'], '{" a, b ","{c}"}'],
    ['double quotes', ['say "hi"'], '{"say \\"hi\\""}'],
    ['backslashes', ['a\\b', '\\'], '{"a\\\\b","\\\\"}'],
    ['a backslash before a quote', ['\\"'], '{"\\\\\\""}'],
    ['single quotes, which need nothing', ["O'Neil"], `{"O'Neil"}`],
    ['line breaks', ['a\nb'], '{"a\nb"}'],
  ])('writes %s as an array literal', (_what, items, literal) => {
    expect(array(items)).toBe(literal);
  });

  test('takes anything that can be gone through', () => {
    expect(array(new Map([[1n, 'a']]).keys())).toBe('{"1"}');
    expect(array(new Set(['a', 'b']))).toBe('{"a","b"}');
  });
});

describe('isUnavailable', () => {
  const failure = (code: unknown) => Object.assign(new Error('x'), { code });

  test.each([
    ['a connection that is refused', 'ECONNREFUSED'],
    ['a connection that ended', 'CONNECTION_ENDED'],
    ['a connection that took too long', 'CONNECT_TIMEOUT'],
    ['too many connections', '53300'],
    ['a shutdown', '57P01'],
    ['a statement that took too long', '57014'],
    ['a lock that took too long', '55P03'],
    ['a transaction that took too long', '25P04'],
    ['a server that became read-only', '25006'],
    ['a failing disk', '58030'],
    ['a race that was lost too often', '40001'],
  ])('says yes to %s', (_what, code) => {
    expect(isUnavailable(failure(code))).toBe(true);
  });

  test.each([
    ['a broken constraint', failure('23514')],
    ['a number out of range', failure('22003')],
    ['another use of locks', failure('55000')],
    ['an error that is no error of the database', failure('57')],
    ['an error without code', new Error('x')],
    ['no error', { code: '57P01' }],
    ['nothing', undefined],
  ])('says no to %s', (_what, error) => {
    expect(isUnavailable(error)).toBe(false);
  });
});

describe('an error of a server that is not the one to talk to any more', () => {
  const failure = (code: unknown) => Object.assign(new Error('x'), { code });

  test.each([
    ['a server that became read-only', '25006', true],
    ['a server that shuts down', '57P01', false],
    ['a server that crashed', '57P02', false],
    ['a server that starts up', '57P03', true],
    ['a database that was dropped', '57P04', false],
    ['a session that was idle for too long', '57P05', true],
    ['a connection that failed', '08006', false],
    ['a connection that could not be made', '08001', true],
    ['a connection that was refused', '08004', true],
    ['a proxy that broke the protocol', '08P01', false],
  ])('is that of %s (%s); whether nothing was done then: %s', (_what, code, isRefused) => {
    expect(isElsewhere(failure(code))).toBe(true);
    expect(wasRefused(failure(code))).toBe(isRefused);
  });

  test.each([
    ['a statement after a failed one', '25P02'],
    ['a transaction that was idle for too long', '25P03'],
    ['a transaction that took too long', '25P04'],
    ['a statement that was cancelled', '57014'],
    ['a lost race', '40001'],
    ['a full disk', '53100'],
    ['a lack of privilege', '42501'],
    ['no code', undefined],
  ])('is not that of %s', (_what, code) => {
    expect(isElsewhere(failure(code))).toBe(false);
    expect(wasRefused(failure(code))).toBe(false);
  });
});
