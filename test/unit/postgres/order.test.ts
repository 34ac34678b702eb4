import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RIGHTS_FILES, versionOfDatabase } from '../../../deployment/version.ts';
import { isEarlier, orderOf } from '../../../lib/postgres/order.ts';
import { RIGHTS_VERSION } from '../../../lib/postgres/roles.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** What the files of the rights were, by their number. */
const RIGHTS: Readonly<Record<number, string>> = {
  1: 'b5e9e02e42669d680c1f4d5d3a4a67ffbccf900b4607f05b6f4e535847a371fd',
  2: '207f19a232436670ba565bd8cb440f04d7e96e484557e1b652469f5313fed03a',
  3: '713ec2bf06d9b5d989451a3c1192ec5b86c7e6820ff21ccf07c0024b36be90a1',
  4: 'a997f17e05a07a847273c36f04fb83dad13eeb6627ce8fa938ecb3c4ba1ba53c',
  5: '7053549c3d0daea329cea73b3fe342b1fe3b5af304100529834396ad4e4ca866',
  6: '887881508574cfb232ce8e8ba065db521c6d91f41d7a8effc5d346f0d196b6a5',
};

describe("the order of the database's versions", () => {
  test('is the number of the newest migration, and that of the rights', () => {
    expect(orderOf(['0010_b.sql', '0001_schema.sql', '0009_a.sql'], 3)).toBe('0010.3');
    expect(() => orderOf(['schema.sql'], 1)).toThrow('the migration schema.sql has no number');
    expect(() => orderOf([], 1)).toThrow('there are no migrations');
  });

  test('is by numbers, first of the migrations', () => {
    const sorted = ['0001.1', '0001.2', '0001.10', '0002.1', '0010.1', '10000.0'];
    const found = sorted.flatMap((a) => sorted.map((b) => isEarlier(a, b)));
    expect(found).toEqual(sorted.flatMap((_, a) => sorted.map((__, b) => a < b)));
  });

  test.each([undefined, '', '1', '0001.x', 7, null])('has %j before all that have a place in it', (none) => {
    expect([isEarlier(none, '0001.1'), isEarlier('0001.1', none), isEarlier(none, none)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('of this version begins with its newest migration', () => {
    expect(versionOfDatabase(ROOT)).toEqual({
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      order: expect.stringMatching(new RegExp(`^\\d{4}\\.${RIGHTS_VERSION}$`)),
    });
  });

  test('has a number of its own for these rights', async () => {
    const hash = createHash('sha256');
    for (const file of RIGHTS_FILES) {
      const text = await readFile(join(ROOT, file), 'utf8');
      hash.update(text.replace(/^export const RIGHTS_VERSION = \d+;$/m, ''));
    }
    const advice =
      `the rights changed (${RIGHTS_FILES.join(', ')}): raise RIGHTS_VERSION in lib/postgres/roles.ts, ` +
      'and note the new hash under that number here';
    expect(RIGHTS[RIGHTS_VERSION], advice).toBe(hash.digest('hex'));
  });
});
