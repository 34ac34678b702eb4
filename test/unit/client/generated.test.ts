import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EXACT_FIELDS } from '../../../client/generated/api.ts';
import { EVENT_FIELDS } from '../../../client/generated/events.ts';
import { generate } from '../../../client/generator/generate.ts';
import { exactFields } from '../../../client/generator/schema.ts';
import { EVENT_SCHEMAS } from '../../../lib/messaging/event-schemas.ts';

test('the types are those of the descriptions: if not, run npm run client:types', async () => {
  for (const [path, text] of await generate()) expect(await readFile(path, 'utf8'), path).toBe(text);
});

test('the table of exact fields has what the contract names', () => {
  const digits = new Set(Object.values(EXACT_FIELDS).flatMap((fields) => fields.digits));
  expect([...digits].toSorted()).toEqual(
    [
      'Amount',
      'AmountIn',
      'AmountOut',
      'Available',
      'Balance',
      'BalanceAfter',
      'BalanceBefore',
      'BalanceLimit',
      'Captured',
      'CounterpartyId',
      'CreditLimit',
      'FirstWalletId',
      'InTransit',
      'InWallets',
      'Next',
      'OverCapture',
    ].concat(
      ['PerDay', 'PerMonth', 'PerOperation', 'Remaining', 'SpentThisMonth', 'SpentToday'],
      ['WalletAmount', 'WalletID', 'WalletId'],
    ),
  );
  expect(EXACT_FIELDS['GET /wallets'].digits).toContain('Next');
  expect(EXACT_FIELDS['GET /operations/{walletId}'].digits).not.toContain('Next');
  expect(EXACT_FIELDS['GET /currencies'].decimals).toEqual(['Rate']);
});

/** Documents for programs that make clients: nothing that a client asks for. */
const DOCUMENTS = new Set(['GET /openapi.json', 'GET /events.json']);

test('the client makes every request', async () => {
  const names = await readdir('client/src');
  const sources = await Promise.all(names.map((name) => readFile(join('client/src', name), 'utf8')));
  const used = new Set(
    sources
      .join('')
      .matchAll(/name: '([A-Z]+ [^']+)'|, '(POST [^']+)'|name = '([^']+)'/g)
      .flatMap((match) => match.slice(1)),
  );
  expect(Object.keys(EXACT_FIELDS).filter((name) => !used.has(name) && !DOCUMENTS.has(name))).toEqual([]);
});

test('every event has its table', () => {
  expect(Object.keys(EVENT_FIELDS)).toEqual(Object.keys(EVENT_SCHEMAS));
});

describe('a name that is exact in one place only', () => {
  const digits = { type: 'string', pattern: '^[0-9]{1,19}$' };
  test('is refused, for fields are read by their names', () => {
    const schema = {
      properties: { Next: digits, Pages: { items: { properties: { Next: { type: 'string' } } } } },
    };
    expect(() => exactFields(schema, () => ({}))).toThrow('Next is exact in one place and not in another');
  });

  test('is no matter if the other one is null', () => {
    const schema = { properties: { Next: { anyOf: [digits, { type: 'null' }] } } };
    expect(exactFields(schema, () => ({}))).toEqual({ digits: ['Next'], decimals: [] });
  });
});
