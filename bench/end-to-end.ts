import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startLocal } from '../localstack/local.ts';
import { freeBasePort } from '../localstack/ports.ts';
import type { Measurement } from './measurement.ts';

export const name = 'end-to-end';

const WALLETS = 8;
const WARM_UP = 40;
const OPERATIONS = 200;

/** How often a transaction is asked for, in milliseconds, and how often at most. */
const PAUSE_MS = 2;
const MAX_ASKED = 10_000;

/** Where a search for five free ports in a row begins. */
const FIRST_PORT = 30_000;

/** From POST /receive_amount to `success` in GET /transaction, over HTTP on an idle local system, one at a time. */
export async function run(log: (line: string) => void): Promise<Measurement[]> {
  const folder = await mkdtemp(join(tmpdir(), 'my-little-ps-bench-'));
  await chmod(folder, 0o755);
  log('starting the local system');
  const local = await startLocal({ port: await freeBasePort(FIRST_PORT), dataDir: folder, log });
  try {
    return summarize(await measure(local.urls.http, log));
  } finally {
    await local.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(url: string, log: (line: string) => void): Promise<number[]> {
  const wallets: number[] = [];
  for (let i = 0; i < WALLETS; i++) {
    const body = { Name: 'Bench', Country: 'UK', City: 'London', Currency: 'USD' };
    wallets.push((await post<{ WalletID: number }>(`${url}/wallet`, body)).WalletID);
  }
  const times: number[] = [];
  for (let i = 0; i < WARM_UP + OPERATIONS; i++) {
    const started = performance.now();
    const body = { WalletId: wallets[i % WALLETS], Amount: 1, Currency: 'USD' };
    const { TransactionId } = await post<{ TransactionId: string }>(`${url}/receive_amount`, body);
    await succeeded(`${url}/transaction/${TransactionId}`);
    if (i >= WARM_UP) times.push(performance.now() - started);
    if (i % WARM_UP === 0) log(`${i} of ${WARM_UP + OPERATIONS} operations`);
  }
  return times.sort((a, b) => a - b);
}

async function post<T>(url: string, body: unknown): Promise<T> {
  return await payloadOf<T>(await fetch(url, { method: 'POST', body: JSON.stringify(body) }));
}

async function payloadOf<T>(response: Response): Promise<T> {
  return ((await response.json()) as { payload: T }).payload;
}

async function succeeded(url: string): Promise<void> {
  for (let asked = 0; asked < MAX_ASKED; asked++) {
    if ((await payloadOf<{ Status: string }>(await fetch(url))).Status === 'success') return;
    await sleep(PAUSE_MS);
  }
  throw new Error(`${url} did not succeed`);
}

function summarize(times: readonly number[]): Measurement[] {
  const conditions = `${OPERATIONS} receipts one after another, ${WALLETS} wallets in 4 groups, idle local system`;
  const at = (share: number): number => times[Math.ceil(times.length * share) - 1] ?? Number.NaN;
  return [
    ['median', at(0.5)] as const,
    ['95th percentile', at(0.95)] as const,
    ['slowest', at(1)] as const,
  ].map(([what, value]) => ({ name: `request to success, ${what}`, value, unit: 'ms', conditions }));
}
