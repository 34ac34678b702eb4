import { setTimeout as sleep } from 'node:timers/promises';
import { startLocal } from '../localstack/local.ts';
import { freeBasePort } from '../localstack/ports.ts';
import { makeFolder, removeFolder } from '../test/support/temp.ts';
import { type Measurement, percentile } from './measurement.ts';

export const name = 'end-to-end';

const WALLETS = 40;
const GROUPS = 4;

/** Operations one after another on an idle system; the warm-up loads every function. */
const WARM_UP = 40;
const OPERATIONS = 200;

/** Requests a second, sent at this rate however long the replies take, and for how long. */
const RATES = [20, 30];
const LOAD_SECONDS = 15;

/** Unmeasured seconds at each rate: code that runs often is compiled better after a while. */
const LOAD_WARM_UP_SECONDS = 5;

/** Pause between polls of a transaction, in milliseconds; longer under load, so that polling is not the load. */
const IDLE_PAUSE_MS = 2;
const LOAD_PAUSE_MS = 40;

/** Longer than the load's largest backlog needs. */
const SUCCESS_TIMEOUT_MS = 60_000;

/** Target for 95 of 100 operations on an idle system, in milliseconds. */
const IDLE_TARGET_MS = 250;

/** Length of an unexpected reply in an error message. */
const MAX_SHOWN_CHARACTERS = 200;

/** Where a search for five free ports in a row begins. */
const FIRST_PORT = 30_000;

/** Measures the time from POST /receive_amount to `success` in GET /transaction, over HTTP on the local system. */
export async function run(log: (line: string) => void): Promise<Measurement[]> {
  const folder = await makeFolder('bench');
  log('starting the local system');
  const env = { WALLET_GROUPS: String(GROUPS), LOG_LEVEL: 'WARN' };
  const local = await startLocal({
    port: await freeBasePort(FIRST_PORT),
    dataDir: folder,
    env,
    log: () => {},
  });
  try {
    const { http } = local.urls;
    const wallets = await createWallets(http);
    const measurements = summarize(await measureIdle(http, wallets, log), 'one after another', IDLE_PAUSE_MS);
    for (const rate of RATES) {
      const { times, failures } = await measureLoad(http, wallets, rate, log);
      const how = `${rate} requests a second for ${LOAD_SECONDS} s`;
      measurements.push(...summarize(times, how, LOAD_PAUSE_MS), {
        name: 'requests without success',
        value: failures,
        unit: 'requests',
        conditions: `of ${times.length + failures}, ${how}`,
        target: { atMost: 0 },
      });
    }
    return measurements;
  } finally {
    await local.stop();
    await removeFolder(folder);
  }
}

async function createWallets(http: string): Promise<number[]> {
  const wallets: number[] = [];
  for (let i = 0; i < WALLETS; i++) {
    const body = { Name: 'Bench', Country: 'UK', City: 'London', Currency: 'USD' };
    wallets.push((await post<{ WalletID: number }>(`${http}/wallet`, body)).WalletID);
  }
  return wallets;
}

async function measureIdle(
  http: string,
  wallets: readonly number[],
  log: (line: string) => void,
): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < WARM_UP + OPERATIONS; i++) {
    const startedMs = performance.now();
    await receive(http, wallets[i % WALLETS] ?? 1, IDLE_PAUSE_MS);
    if (i >= WARM_UP) times.push(performance.now() - startedMs);
    if (i % WARM_UP === 0) log(`${i} of ${WARM_UP + OPERATIONS} operations one after another`);
  }
  return times;
}

/** Sends at fixed times and measures from these, so waiting for a busy system counts, too. */
async function measureLoad(
  http: string,
  wallets: readonly number[],
  rate: number,
  log: (line: string) => void,
): Promise<{ times: number[]; failures: number }> {
  log(`${rate} requests a second for ${LOAD_WARM_UP_SECONDS + LOAD_SECONDS} s`);
  const warmUp = rate * LOAD_WARM_UP_SECONDS;
  const startedMs = performance.now();
  const times: number[] = [];
  const failures: string[] = [];
  const waiting: Promise<void>[] = [];
  for (let i = 0; i < warmUp + rate * LOAD_SECONDS; i++) {
    const due = startedMs + (i * 1000) / rate;
    await sleep(Math.max(0, due - performance.now()));
    waiting.push(
      receive(http, wallets[i % WALLETS] ?? 1, LOAD_PAUSE_MS).then(
        () => {
          if (i >= warmUp) times.push(performance.now() - due);
        },
        (error: unknown) => {
          if (i >= warmUp) failures.push(String(error));
        },
      ),
    );
  }
  await Promise.all(waiting);
  if (failures.length > 0) log(`${failures.length} failed, the first: ${failures[0]}`);
  return { times, failures: failures.length };
}

/** Sends one receipt and waits until it is settled. */
async function receive(http: string, wallet: number, pauseMs: number): Promise<void> {
  const body = { WalletId: wallet, Amount: 1, Currency: 'USD' };
  const { TransactionId } = await post<{ TransactionId: string }>(`${http}/receive_amount`, body);
  const url = `${http}/transaction/${TransactionId}`;
  const deadlineMs = performance.now() + SUCCESS_TIMEOUT_MS;
  while (performance.now() < deadlineMs) {
    if ((await payloadOf<{ Status: string }>(await fetch(url))).Status === 'success') return;
    await sleep(pauseMs);
  }
  throw new Error(`${url} did not succeed within ${SUCCESS_TIMEOUT_MS / 1000} s`);
}

async function post<T>(url: string, body: unknown): Promise<T> {
  return await payloadOf<T>(await fetch(url, { method: 'POST', body: JSON.stringify(body) }));
}

async function payloadOf<T>(response: Response): Promise<T> {
  const text = await response.text();
  const { payload } = JSON.parse(text) as { payload?: T };
  // A function that timed out replies without a payload, whatever the status.
  if (response.ok && payload !== undefined) return payload;
  throw new Error(`${response.url} answered ${response.status}: ${text.slice(0, MAX_SHOWN_CHARACTERS)}`);
}

function summarize(times: readonly number[], how: string, pauseMs: number): Measurement[] {
  if (times.length === 0) return [];
  const sorted = times.toSorted((a, b) => a - b);
  const isIdle = pauseMs === IDLE_PAUSE_MS;
  const conditions = `${times.length} receipts, ${how}, ${WALLETS} wallets in ${GROUPS} groups, polled every ${pauseMs} ms; PostgreSQL 17 with fsync`;
  return [
    { name: 'request to success, median', value: percentile(sorted, 0.5), unit: 'ms', conditions },
    {
      name: 'request to success, 95th percentile',
      value: percentile(sorted, 0.95),
      unit: 'ms',
      conditions,
      ...(isIdle ? { target: { atMost: IDLE_TARGET_MS } } : {}),
    },
    { name: 'request to success, 99th percentile', value: percentile(sorted, 0.99), unit: 'ms', conditions },
  ];
}
