import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  generateKey,
  hashKey,
  isWellFormed,
  keyOfHeader,
  shownPart,
  withoutKeys,
} from '../../../lib/access/api-key.ts';

const secret = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const character = fc.string({ unit: 'binary', minLength: 1, maxLength: 1 });

describe('an API key', () => {
  test('has the prefix, 43 characters of secret and 6 of checksum, and is well-formed', () => {
    fc.assert(
      fc.property(secret, (bytes) => {
        const key = generateKey(bytes);
        expect(key).toMatch(/^mlps_[0-9A-Za-z]{49}$/);
        expect(isWellFormed(key)).toBe(true);
        expect(keyOfHeader(`Bearer ${key}`)).toBe(key);
      }),
    );
  });

  test('is another one for another secret, the smallest and the largest included', () => {
    const [none, all] = [Buffer.alloc(32, 0), Buffer.alloc(32, 255)];
    expect(generateKey(none)).toMatch(/^mlps_0{43}/);
    expect(isWellFormed(generateKey(all))).toBe(true);
    fc.assert(
      fc.property(secret, secret, (a, b) => {
        expect(generateKey(a) === generateKey(b)).toBe(a.equals(b));
      }),
    );
  });

  test('is 256 new random bits each time', () => {
    const keys = Array.from({ length: 1_000 }, () => generateKey());
    expect(new Set(keys).size).toBe(1_000);
    const secrets = keys.map((key) => key.slice(5, -6));
    for (let place = 1; place < 43; place++) {
      expect(new Set(secrets.map((text) => text[place])).size).toBeGreaterThan(40);
    }
    expect(() => generateKey(randomBytes(31))).toThrow('a key takes 32 bytes, not 31');
  });

  test('is refused with any one character changed, left out or added', () => {
    fc.assert(
      fc.property(secret, fc.nat(53), character, (bytes, place, other) => {
        const key = generateKey(bytes);
        const [before, after] = [key.slice(0, place), key.slice(place + 1)];
        expect(isWellFormed(before + other + after)).toBe(other === key[place]);
        expect(isWellFormed(before + after)).toBe(false);
        expect(isWellFormed(before + other + key.slice(place))).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  test('is refused with two neighbours swapped', () => {
    fc.assert(
      fc.property(secret, fc.nat(52), (bytes, place) => {
        const key = generateKey(bytes);
        const [a = '', b = ''] = [key[place], key[place + 1]];
        fc.pre(a !== b);
        expect(isWellFormed(key.slice(0, place) + b + a + key.slice(place + 2))).toBe(false);
      }),
    );
  });

  test('is known by its hash, of 256 bits, which does not show it', () => {
    const key = generateKey();
    expect(hashKey(key)).toHaveLength(32);
    expect(hashKey(key)).toEqual(hashKey(key));
    expect(hashKey(key)).not.toEqual(hashKey(generateKey()));
  });

  test('is shown by its first nine characters', () => {
    const key = generateKey();
    expect(shownPart(key)).toBe(key.slice(0, 9));
  });

  test('is taken out of a text', () => {
    const key = generateKey();
    expect(withoutKeys(`/wallet/${key}?`)).toBe('/wallet/mlps_…?');
    expect(withoutKeys(`${key.slice(0, 20)} and ${key.toUpperCase()}`)).toBe('mlps_… and mlps_…');
  });
});

describe('an Authorization header', () => {
  const key = generateKey();

  test.each([`Bearer ${key}`, `bearer ${key}`, `BEARER   ${key}`])('gives its key: %s', (header) => {
    expect(keyOfHeader(header)).toBe(key);
  });

  test.each([
    '',
    'Bearer',
    'Bearer ',
    key,
    `Basic ${key}`,
    `Bearer${key}`,
    `Bearer ${key} `,
    `Bearer ${key}\n`,
    `Bearer ${key}, Bearer ${key}`,
    ` Bearer ${key}`,
    `Bearer ${key.slice(0, -1)}`,
    `Bearer ${key.slice(5)}`,
    `Bearer ${'x'.repeat(10_000)}`,
  ])('gives none where it is %j', (header) => {
    expect(keyOfHeader(header)).toBeUndefined();
  });
});
