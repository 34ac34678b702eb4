import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fingerprint } from '../../../lib/postgres/idempotency.ts';

const hex = (method: string, path: string, body: string) => fingerprint(method, path, body).toString('hex');

describe('fingerprint', () => {
  test('is 256 bits, and the same for the same request', () => {
    expect(fingerprint('POST', '/wallet', '{}')).toHaveLength(32);
    expect(hex('POST', '/wallet', '{}')).toBe(hex('POST', '/wallet', '{}'));
  });

  test.each([
    ['another method', 'PUT', '/wallet', '{"a":1}'],
    ['another path', 'POST', '/wallets', '{"a":1}'],
    ['another body', 'POST', '/wallet', '{"a":2}'],
    ['a body that differs in a space alone', 'POST', '/wallet', '{"a": 1}'],
    ['no body', 'POST', '/wallet', ''],
    ['a path that ends where the body began', 'POST', '/wallet{"a":1}', ''],
    ['a method that ends where the path began', 'POST/wallet', '', '{"a":1}'],
  ])('is another one for %s', (_what, method, path, body) => {
    expect(hex(method, path, body)).not.toBe(hex('POST', '/wallet', '{"a":1}'));
  });

  test('is the same for equal requests only', () => {
    const part = fc.string({ unit: fc.constantFrom('a', '"', ',', '\\', '/'), maxLength: 4 });
    const request = fc.tuple(part, part, part);
    fc.assert(
      fc.property(request, request, (a, b) => {
        expect(hex(...a) === hex(...b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
      { numRuns: 500 },
    );
  });
});
