import { describe, expect, test } from 'vitest';
import { readPreferences } from '../../../lib/http/preferences.ts';

const read = (prefer: string) => readPreferences({ prefer });

const NONE = { amountsAsText: false, waitSeconds: undefined };

describe('the Prefer header', () => {
  test('is not needed', () => {
    expect(readPreferences({})).toEqual(NONE);
    expect(read('')).toEqual(NONE);
  });

  test.each([
    'amounts=string, wait=5',
    'wait=5,amounts=string',
    'amounts=string, respond-async, wait=5',
    'AMOUNTS=String, Wait=5',
    'amounts="string", wait="5"',
    'amounts="st\\ring" , wait = "\\5"',
    'amounts = string; for=us; "x, y", wait\t=\t5 ; until="noon, or so"',
    ',, amounts=string,\twait=5,',
    'note="a, wait=9; \\"wait=8", amounts=string, wait=5',
    'amounts=string, wait=5, wait=7, amounts=number',
    'amounts=string;wait=9, wait=5',
    'a b, =7, "wait=3", wait=5 , amounts=string',
  ])('says which form amounts have and how long to wait: %s', (prefer) => {
    expect(read(prefer)).toEqual({ amountsAsText: true, waitSeconds: 5 });
  });

  test.each(['0', '1', '20'])('lets wait for %s seconds', (seconds) => {
    expect(read(`wait=${seconds}`).waitSeconds).toBe(Number(seconds));
  });

  test.each(['21', '600', '999999999', '0000020'])(
    'lets nobody wait for longer than 20 seconds: %s',
    (seconds) => {
      expect(read(`wait=${seconds}`).waitSeconds).toBe(20);
    },
  );

  test.each([
    'wait',
    'wait=',
    'wait=""',
    'wait=-1',
    'wait=1.5',
    'wait=1e1',
    'wait=five',
    'wait=9999999999',
    'wait=5 6',
    'wait 5',
    'wait==5',
    'wait="5',
    'waiting=5',
    'amounts',
    'amounts=number',
    'amounts=strings',
    'amounts="string',
    '"amounts=string"',
    'x;amounts=string',
    'wait, wait=5',
  ])('is passed over where it is malformed or means nothing here: %s', (prefer) => {
    expect(read(prefer)).toEqual(NONE);
  });

  test.each([
    '"',
    '"\\',
    'a="\\"',
    'wait=5;"',
    ' '.repeat(9_000),
    `wait${' '.repeat(9_000)}x`,
    '",'.repeat(4_500),
  ])('costs no time, whatever it is (%#)', (prefer) => {
    expect(read(`${prefer}, nothing`)).toMatchObject({ amountsAsText: false });
  });
});
