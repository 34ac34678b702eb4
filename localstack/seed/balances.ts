import type { MyLittlePs } from '../../client/src/index.ts';
import { pause } from '../../client/src/time-limit.ts';
import { inBatches } from '../../lib/aws/in-batches.ts';
import { add, type Performed } from './perform.ts';

/** Transactions that are looked at together. */
const LOOKS_AT_ONCE = 8;

/** What was accepted is settled long before this time is over. */
const PATIENCE_MS = 3_600_000;

/** Between two looks at the balances. */
const LOOK_EVERY_MS = 500;

/** The relay, which sends again what the queue lost, comes every minute: where nothing moves for longer, nothing will. */
const QUIET_MS = 150_000;

/** Wallets in a page of the list: the most there can be. */
const PAGE_SIZE = 1000;

/** The sums of a currency, in millionths of a unit. */
export interface Sums {
  readonly currency: string;
  readonly sentIn: bigint;
  /** What purchases abroad brought into the currency, less what they took out of it. */
  readonly exchanged: bigint;
  readonly held: bigint;
}

/** Whether wallets hold what was sent in, and what was exchanged. */
export const addsUp = ({ sentIn, exchanged, held }: Sums): boolean => sentIn + exchanged === held;

/**
 * Reads from the API what was exchanged and what the wallets hold, until that adds up and stays so in a second look, or
 * nothing moves any more.
 *
 * @throws what the client throws, the signal's reason included
 */
export async function readSums(
  ps: MyLittlePs,
  walletIds: readonly bigint[],
  { sentIn, abroad }: Performed,
  signal: AbortSignal,
): Promise<Sums[]> {
  const exchanged = await readExchanged(ps, abroad, signal);
  const startedMs = performance.now();
  let last: { readonly text: string; readonly sums: Sums[]; readonly sinceMs: number } | undefined;
  for (;;) {
    const held = await readHeld(ps, walletIds, signal);
    const currencies = [...new Set([...held.keys(), ...sentIn.keys(), ...exchanged.keys()])].toSorted();
    const sums = currencies.map((currency) => ({
      currency,
      sentIn: sentIn.get(currency) ?? 0n,
      exchanged: exchanged.get(currency) ?? 0n,
      held: held.get(currency) ?? 0n,
    }));
    const nowMs = performance.now();
    const text = sums.map(({ held: amount }) => amount).join();
    if (last?.text !== text) last = { text, sums, sinceMs: nowMs };
    else if (sums.every(addsUp) || nowMs - last.sinceMs > QUIET_MS) return sums;
    if (nowMs - startedMs > PATIENCE_MS) return sums;
    await pause(LOOK_EVERY_MS, signal);
  }
}

/** What transactions between two currencies added to each currency, and took from it: nothing where they were declined. */
async function readExchanged(
  ps: MyLittlePs,
  transactionIds: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, bigint>> {
  const exchanged = new Map<string, bigint>();
  const currencyOf = new Map<bigint, string>();
  await inBatches(transactionIds, 1, LOOKS_AT_ONCE, async ([id = '']) => {
    const { Operations } = await ps.transactions.waitFor(id, { timeoutMs: PATIENCE_MS, signal });
    for (const { WalletId, WalletAmount, Type } of Operations) {
      if (WalletAmount === null) continue;
      const currency = currencyOf.get(WalletId) ?? (await ps.wallets.get(WalletId, { signal })).Currency;
      currencyOf.set(WalletId, currency);
      add(exchanged, currency, Type === 'in' ? WalletAmount : -WalletAmount);
    }
    return [];
  });
  return exchanged;
}

/** What wallets hold together, by currency. */
async function readHeld(
  ps: MyLittlePs,
  walletIds: readonly bigint[],
  signal: AbortSignal,
): Promise<Map<string, bigint>> {
  const wanted = new Set(walletIds);
  const ordered = walletIds.toSorted((a, b) => (a < b ? -1 : 1));
  const [first = 0n, last = 0n] = [ordered[0], ordered.at(-1)];
  const held = new Map<string, bigint>();
  const after = first > 1n ? { after: first - 1n } : {};
  for await (const wallet of ps.wallets.list({ limit: PAGE_SIZE, ...after }, { signal })) {
    if (wallet.WalletID > last) break;
    if (wanted.has(wallet.WalletID)) add(held, wallet.Currency, wallet.Balance);
  }
  return held;
}
