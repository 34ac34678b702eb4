import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { shownTime } from '../../../lib/wire/time.ts';
import { askAhead } from '../../support/system/ahead.ts';
import { call } from '../../support/system/client.ts';
import { testDatabase } from '../../support/system/database.ts';
import { testSystem } from '../../support/system/system.ts';

describe('GET /wallet/{id}?at=', async () => {
  const { sql } = await testDatabase();
  const system = testSystem(sql);
  await system.setRates();
  const at = (walletId: bigint, time: string) =>
    call(system.handlers.getWallet, { path: { walletId: String(walletId) }, query: { at: time } });
  const now = async (): Promise<string> =>
    (await sql<{ now: string }[]>`SELECT clock_timestamp() AS now`)[0]?.now ?? '';

  test('gives the balance after the last operation settled by then', async () => {
    const [wallet, other] = [await system.wallet('USD'), await system.wallet('USD')];
    const moments: { time: string; balance: bigint }[] = [];
    for (let i = 1n; i <= 40n; i++) {
      if (i % 5n === 0n) await system.transfer(wallet, other, i, 'USD');
      else if (i % 7n === 0n) await system.transfer(wallet, other, 10_000n, 'USD');
      else await system.receive(wallet, i, 'USD');
      if (i % 3n === 0n) await system.settleAll();
      moments.push({ time: await now(), balance: await system.balance(wallet) });
      await sleep(1);
    }
    for (const { time, balance } of moments) {
      expect((await at(wallet, time)).payload).toEqual({
        WalletID: wallet,
        Currency: 'USD',
        Balance: balance,
        At: shownTime(time),
      });
    }
  });

  test('is nothing before the first operation, and in a wallet without any', async () => {
    const wallet = await system.wallet('USD');
    expect((await at(wallet, await now())).payload.Balance).toBe(0n);
    await system.receive(wallet, 5n, 'USD');
    await system.settleAll();
    expect((await at(wallet, '2000-01-01T00:00:00Z')).payload.Balance).toBe(0n);
    expect((await at(wallet, await now())).payload.Balance).toBe(5n);
  });

  test('counts an operation settled at that very moment', async () => {
    const wallet = await system.wallet('USD');
    const id = await system.receive(wallet, 5n, 'USD');
    await system.settleAll();
    const { ProcessedAt } = await system.transaction(id);
    expect((await at(wallet, ProcessedAt)).payload.Balance).toBe(5n);
  });

  test('takes a moment for now that is ahead of our clock by less than two seconds', async () => {
    const wallet = await system.wallet('USD');
    await system.receive(wallet, 5n, 'USD');
    await system.settleAll();
    const before = await now();
    const { ahead, payload } = await askAhead(sql, 1.9, 0, async (moment) => ({
      ahead: moment,
      payload: (await at(wallet, moment)).payload,
    }));
    expect(payload.Balance).toBe(5n);
    expect(payload.At >= shownTime(before) && payload.At < shownTime(ahead)).toBe(true);
    await system.receive(wallet, 6n, 'USD');
    await system.settleAll();
    expect((await at(wallet, payload.At)).payload).toEqual(payload);
  });

  test('takes a date for its midnight, and is the current balance where it is empty', async () => {
    const wallet = await system.wallet('USD');
    expect((await at(wallet, '2020-01-31')).payload.At).toBe('2020-01-31T00:00:00.000000Z');
    expect((await at(wallet, '')).payload).toMatchObject({ WalletID: wallet, Name: 'Jon Snow' });
  });

  test('refuses the future, what is no time, and an unknown wallet', async () => {
    const wallet = await system.wallet('USD');
    expect(await at(wallet, '9000-01-01T00:00:00Z')).toMatchObject({ status: 400 });
    expect((await at(wallet, 'yesterday')).payload.error).toContain('at must be a time in RFC 3339');
    const future = await askAhead(sql, 60, 2, (moment) => at(wallet, moment));
    expect(future.payload.error).toBe('at must not be in the future');
    expect((await at(999_999n, '2020-01-01T00:00:00Z')).status).toBe(404);
  });
});
