import { describe, expect, test } from 'vitest';
import { evennessOf } from '../../../console/src/evenness.ts';
import { ACTIONS, readForm } from '../../../console/src/forms/kinds.ts';
import { readPayload, writeBody } from '../../../console/src/payload.ts';
import { moved, within, zoomed } from '../../../console/src/range.ts';
import { href, parseRoute } from '../../../console/src/route.ts';
import { may } from '../../../console/src/scopes.ts';
import { kindsOf } from '../../../console/src/search.ts';
import { showMilliseconds, showSeconds, showTime } from '../../../console/src/time.ts';

const UUID = '01a226ae-0f7e-7001-99f4-8243c53def78';

describe('an address', () => {
  test.each([
    ['', { page: 'overview', id: '', query: {} }],
    ['#/', { page: 'overview', id: '', query: {} }],
    ['#/wallet/7', { page: 'wallet', id: '7', query: {} }],
    [
      '#/wallets?status=frozen&owner=a%26b',
      { page: 'wallets', id: '', query: { status: 'frozen', owner: 'a&b' } },
    ],
    ['#/search?q=a?b', { page: 'search', id: '', query: { q: 'a?b' } }],
  ])('%s is read', (hash, route) => {
    expect(parseRoute(hash)).toEqual(route);
  });

  test.each(['#/nowhere', '#/wallet', '#/groups/1', '#/wallet/1/2', '#/wallet/%E0%A4%A'])(
    '%s leads nowhere',
    (hash) => {
      expect(parseRoute(hash).page).toBe('unknown');
    },
  );

  test('is read as it was written, whatever is in it', () => {
    const written = href('currency', 'a/b?c#d', { q: 'x&y=ü', empty: '', missing: undefined });
    expect(parseRoute(written)).toEqual({ page: 'currency', id: 'a/b?c#d', query: { q: 'x&y=ü' } });
  });
});

test.each([
  [UUID, ['transaction', 'hold', 'reference', 'wallet reference', 'correlation id']],
  [' 7 ', ['wallet', 'reference', 'wallet reference', 'correlation id']],
  ['#7', ['wallet', 'reference', 'wallet reference', 'correlation id']],
  ['order 7', ['reference', 'wallet reference']],
  ['order-7', ['reference', 'wallet reference', 'correlation id']],
  ['0', ['reference', 'wallet reference', 'correlation id']],
  ['  ', []],
])('“%s” may be %j', (text, kinds) => {
  expect(kindsOf(text)).toEqual(kinds);
});

describe('a period', () => {
  const bounds = { from: 0, to: 1_000_000 };

  test('stays within its bounds, and is ten seconds at least', () => {
    expect(within({ from: -500_000, to: 2_000_000 }, bounds)).toEqual(bounds);
    expect(within({ from: 500_000, to: 500_010 }, bounds)).toEqual({ from: 495_005, to: 505_005 });
    expect(within({ from: 999_000, to: 1_000_000 }, bounds)).toEqual({ from: 990_000, to: 1_000_000 });
  });

  test('is zoomed around its middle, and moved by a share', () => {
    expect(zoomed(bounds, 0.5, bounds)).toEqual({ from: 250_000, to: 750_000 });
    expect(zoomed({ from: 0, to: 200_000 }, 2, bounds)).toEqual({ from: 0, to: 400_000 });
    expect(moved({ from: 250_000, to: 750_000 }, -0.5, bounds)).toEqual({ from: 0, to: 500_000 });
    expect(moved({ from: 250_000, to: 750_000 }, 3, bounds)).toEqual({ from: 500_000, to: 1_000_000 });
  });
});

test('a time is told in the zone of whoever looks, with UTC beside', () => {
  expect(showTime('2026-11-29T23:30:05.123456Z', 'UTC')).toEqual({
    local: '29 Nov 2026, 23:30:05 UTC',
    utc: '',
  });
  expect(showTime('2026-11-29T10:30:05Z', 'Europe/Berlin')).toEqual({
    local: '29 Nov 2026, 11:30:05',
    utc: '10:30:05 UTC',
  });
  expect(showTime('2026-11-29T23:30:05Z', 'Europe/Berlin')).toEqual({
    local: '30 Nov 2026, 00:30:05',
    utc: '29 Nov 2026, 23:30:05 UTC',
  });
});

test('durations are told in the largest whole unit', () => {
  expect([0, 1, 59, 60, 7_200, 90_000].map(showSeconds)).toEqual([
    ...['0 seconds', '1 second', '59 seconds', '1 minute', '2 hours', '1 day'],
  ]);
  expect([3.4, 999, 1_240, 12_400].map(showMilliseconds)).toEqual(['3 ms', '999 ms', '1.2 s', '12 s']);
});

test('loads of groups are even, or the busiest has so many percent more', () => {
  expect(evennessOf([5n, 5n])).toMatchObject({ excessPercent: 0 });
  expect(evennessOf([6n, 4n])).toMatchObject({ excessPercent: 20, busiest: 6n, total: 10n });
  expect(evennessOf([0n, 0n])).toMatchObject({ excessPercent: undefined });
});

test('a reply is read, and a body written, without losing a digit', () => {
  const text = '{"payload":{"Amount":9007199254740993,"Rate":0.029758,"Name":"9007199254740993"}}';
  expect(readPayload(text)).toEqual({
    Amount: 9007199254740993n,
    Rate: '0.029758',
    Name: '9007199254740993',
  });
  expect(writeBody({ WalletId: 9007199254740993n, Of: undefined })).toBe('{"WalletId":9007199254740993}');
  for (const broken of ['', '<html>', '{"payload":', '[]', '7']) expect(readPayload(broken)).toBeUndefined();
});

test('a scope is that of the key, or of admin', () => {
  expect(may({ Scopes: ['wallets:read'] }, 'wallets:read')).toBe(true);
  expect(may({ Scopes: ['wallets:read'] }, 'wallets:write')).toBe(false);
  expect(may({ Scopes: ['admin'] }, 'webhooks')).toBe(true);
});

describe('a form', () => {
  test('says no where nothing is ticked: what is missing may mean yes', () => {
    expect(readForm(ACTIONS.capture.fields, { TargetWalletId: '2' })).toEqual({
      ok: true,
      body: { TargetWalletId: 2n, Final: false },
    });
  });

  test('becomes a body, without what is optional and empty', () => {
    const typed = {
      OriginWalletId: '1',
      TargetWalletId: '#2',
      Amount: '12.34',
      Currency: 'eur',
      Reference: ' ',
    };
    expect(readForm(ACTIONS.transfer.fields, typed)).toEqual({
      ok: true,
      body: { OriginWalletId: 1n, TargetWalletId: 2n, Amount: 12_340_000n, Currency: 'EUR' },
    });
  });

  test('has a sentence for each field that is wrong', () => {
    expect(readForm(ACTIONS.receive.fields, { WalletId: 'one', Amount: '1.0000001' })).toEqual({
      ok: false,
      errors: {
        WalletId: expect.stringContaining('no wallet’s number'),
        Amount: expect.stringContaining('six decimals'),
        Currency: 'Fill in “Currency”.',
      },
    });
  });
});
