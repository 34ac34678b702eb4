import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './client.ts';
import { planLinked, sendLinked } from './linked.ts';
import type { Random } from './random.ts';
import { CURRENCIES, type Ledger, type Planned, sendMany, sendOne } from './requests.ts';

/** Concurrent clients with one operation per request, and with batches. */
const SINGLE_CLIENTS = 6;
const BATCH_CLIENTS = 2;

/** The pause of a client with single operations, and of a client whose batches are ahead of the kills. */
const SINGLE_PAUSE_MS = 60;
const AHEAD_PAUSE_MS = 100;

/** How far batches may be ahead of the kills, as a share of all operations. */
const AHEAD = 0.01;

/** Share of single operations sent twice at once, with one key. */
const TWICE = 0.05;

/** Share of the requests with single operations that have a linked transaction instead. */
const LINKED = 0.15;

const SMALLEST_BATCH = 50;
const LARGEST_BATCH = 500;

/** Shares of operations that are receipts, that convert to zero, and that exceed the balance. */
const RECEIPTS = 0.4;
const TINY = 0.02;
const HUGE = 0.02;

const TINY_AMOUNT = 1n;
const HUGE_AMOUNT = 10n ** 15n;
const LARGEST_AMOUNT = 5_000_000;

export interface LoadOptions {
  readonly operations: number;
  /** The share of kills done, from 0 to 1; batches keep the operations in step with it. */
  readonly killed: () => number;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** Sends receipts, transfers and linked transactions until the requested number is accepted and the last kill is done. */
export async function runLoad(
  client: Client,
  ledger: Ledger,
  wallets: readonly bigint[],
  { operations, killed, random, signal }: LoadOptions,
): Promise<void> {
  let requests = 0;
  const isDone = () => signal.aborted || (ledger.accepted.size >= operations && killed() === 1);
  const single = async () => {
    while (!isDone()) {
      requests += 1;
      const planOne = () => plan(random, wallets);
      const key = `one-${requests}`;
      if (random.chance(LINKED))
        await sendLinked({ client, ledger, random }, planLinked(random, planOne), key);
      else await sendOne(client, ledger, planOne(), key, random.chance(TWICE) ? 2 : 1);
      await sleep(SINGLE_PAUSE_MS);
    }
  };
  const batches = async () => {
    while (!isDone()) {
      if (ledger.accepted.size >= operations * Math.min(1, killed() + AHEAD)) {
        await sleep(AHEAD_PAUSE_MS);
        continue;
      }
      requests += 1;
      const size = SMALLEST_BATCH + random.integer(LARGEST_BATCH - SMALLEST_BATCH + 1);
      const planned = Array.from({ length: size }, () => plan(random, wallets));
      await sendMany(client, ledger, planned, random.integer(size), `batch-${requests}`);
    }
  };
  await Promise.all([
    ...Array.from({ length: SINGLE_CLIENTS }, single),
    ...Array.from({ length: BATCH_CLIENTS }, batches),
  ]);
}

function plan(random: Random, wallets: readonly bigint[]): Planned {
  if (!random.chance(RECEIPTS)) return planTransfer(random, wallets, amountOf(random));
  const [walletId, currency] = [random.pick(wallets), random.pick(CURRENCIES)];
  return { leg: 'receipt', walletId, counterpartyId: null, amount: amountOf(random), currency };
}

/** Plans a transfer between two of the wallets, in any currency. */
export function planTransfer(random: Random, wallets: readonly bigint[], amount: bigint): Planned {
  const walletId = random.pick(wallets);
  const counterpartyId = random.pick(wallets.filter((id) => id !== walletId));
  return { leg: 'debit', walletId, counterpartyId, amount, currency: random.pick(CURRENCIES) };
}

function amountOf(random: Random): bigint {
  if (random.chance(TINY)) return TINY_AMOUNT;
  return random.chance(HUGE) ? HUGE_AMOUNT : BigInt(1 + random.integer(LARGEST_AMOUNT));
}
