import { describe, expect, test } from 'vitest';
import { shownTime } from '../../../lib/wire/time.ts';
import { MAX } from '../../support/constants.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { refused } from '../../support/system/refused.ts';
import { testSystem } from '../../support/system/system.ts';

const DAY = { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' };
const REPORTS = ['listOperations', 'downloadOperations', 'totalOperations'] as const;

describe('the reports on a wallet', async () => {
  const { sql } = await testDatabase();
  const { handlers, setRates, wallet } = testSystem(sql);
  await setRates();
  await wallet('USD');

  const WRONG_IDS = ['0', '-1', String(MAX + 1n), '1e3', '1.0', 'x', "1'--", '1\0'];
  test.each(REPORTS.flatMap((report) => WRONG_IDS.map((id) => [report, id] as const)))(
    '%s refuses the id %j',
    async (report, walletId) => {
      const refusal = await refused(sql, handlers[report], { path: { walletId } });
      expect(refusal).toMatchObject({ status: 400, code: 'invalid_field' });
      expect(refusal.error).toMatch(/^walletId must be a whole number from 1 to 9223372036854775807, not "/);
    },
  );

  test.each(REPORTS)(
    '%s refuses a wallet that there is not, an empty id and what it does not know',
    async (report) => {
      const unknown = await refused(sql, handlers[report], { path: { walletId: '70000' } });
      expect(unknown).toEqual({ status: 404, code: 'wallet_not_found', error: 'no wallet with id: 70000' });
      const empty = await refused(sql, handlers[report], { path: { walletId: '' } });
      expect(empty).toMatchObject({ status: 400, error: 'wallet id should be filled' });
      const extra = await refused(sql, handlers[report], {
        path: { walletId: '1' },
        query: { From: DAY.from, page: '1' },
      });
      expect(extra).toMatchObject({
        status: 400,
        code: 'invalid_field',
        error: 'From is not a known field: did you mean from?',
      });
      expect(extra.details?.map(({ field }) => field)).toEqual(['From', 'page']);
    },
  );

  test.each(REPORTS)('%s refuses a range that ends before it begins', async (report) => {
    const query = { from: DAY.to, to: DAY.from };
    const refusal = await refused(sql, handlers[report], { path: { walletId: '1' }, query });
    expect(refusal).toMatchObject({ status: 400, code: 'invalid_field' });
    expect(refusal.error).toBe(`from (${shownTime(DAY.to)}) must not be after to (${shownTime(DAY.from)})`);
  });

  const WRONG_PAGES = [
    ...['0', '-1', '1001', '1.5', '1e2', 'all', ' ', '5,6', '9'.repeat(30)].map((value) => ['limit', value]),
    ...['-1', '1.5', '1e2', '1000000001', 'x', '5,6', '9'.repeat(30)].map((value) => ['offset', value]),
  ] as [string, string][];
  test.each(WRONG_PAGES)('refuse %s=%s', async (name, value) => {
    const refusal = await refused(sql, handlers.listOperations, {
      path: { walletId: '1' },
      query: { [name]: value },
    });
    expect(refusal).toMatchObject({ status: 400, code: 'invalid_field' });
    expect(refusal.error).toMatch(new RegExp(`^${name} must be a whole number from [01] to \\d+, not "`));
  });

  test('have their defaults where a parameter is empty', async () => {
    const query = { limit: '', offset: '', after: '' };
    const { status, payload } = await call(handlers.listOperations, { path: { walletId: '1' }, query });
    expect([status, payload.Limit, payload.Offset]).toEqual([200, 1_000n, 0n]);
    const unknown = await refused(sql, handlers.listOperations, {
      path: { walletId: '1' },
      query: { page: '' },
    });
    expect(unknown.error).toBe('page is not a known field');
  });

  test('have no pages but in the list', async () => {
    for (const report of ['downloadOperations', 'totalOperations'] as const) {
      const refusal = await refused(sql, handlers[report], {
        path: { walletId: '1' },
        query: { limit: '5' },
      });
      expect(refusal).toMatchObject({ status: 400, error: 'limit is not a known field' });
    }
  });
});
