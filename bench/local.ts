import { utimes } from 'node:fs/promises';
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../lib/postgres/database.ts';
import { startLocal } from '../localstack/local.ts';
import { freeBasePort } from '../localstack/ports.ts';
import { makeFolder, removeFolder } from '../test/support/temp.ts';
import type { Measurement } from './measurement.ts';
import { send } from './send.ts';

export const name = 'local';

/** Connections of the load generator, as people mostly set theirs; each sends its next request after the last reply. */
const CONNECTIONS = 8;

/** Unmeasured and measured seconds of each load. */
const WARM_UP_SECONDS = 5;
const LOAD_SECONDS = 10;

/** Seconds until the receipts of a load are settled, at most, and how often to look. */
const SETTLED_LIMIT_SECONDS = 120;
const PAUSE_MS = 50;

/** Requests a second that the local system must serve: what a gateway of the same API in Go serves is about 600. */
const MIN_GETS = 996;
const MIN_RECEIPTS = 365;

/** Seconds from saving a file until new requests run it, at most. */
const MAX_TAKE_OVER_SECONDS = 3;

/** Seconds until the system is ready, at most: half of what it took when it bundled all functions first. */
const MAX_READY_SECONDS = 6;

/** A file that many functions are made of. */
const EDITED = 'lib/wire/json.ts';

/** Where a search for five free ports in a row begins. */
const FIRST_PORT = 31_000;

/** Measures `npm start` as those see it who work on the system, or try it with a load generator. */
export async function run(log: (line: string) => void): Promise<Measurement[]> {
  const folder = await makeFolder('bench');
  const lines: string[] = [];
  const port = await freeBasePort(FIRST_PORT);
  const startedMs = performance.now();
  const local = await startLocal({ port, dataDir: folder, log: (line) => lines.push(line) });
  try {
    const readySeconds = (performance.now() - startedMs) / 1_000;
    const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
    const wallet = { Name: 'Bench', Country: 'UK', City: 'London', Currency: 'USD' };
    await send(agent, `${local.urls.http}/wallet`, JSON.stringify(wallet));
    log(`GET /wallet/1 at ${CONNECTIONS} connections`);
    const gets = await load(() => send(agent, `${local.urls.http}/wallet/1`));
    log(`POST /receive_amount at ${CONNECTIONS} connections`);
    const receipt = JSON.stringify({ WalletId: 1, Amount: 1, Currency: 'USD' });
    const receipts = await load(() => send(agent, `${local.urls.http}/receive_amount`, receipt));
    const settledSeconds = await untilSettled(local.urls.database);
    log(`saving ${EDITED}`);
    const takeOverSeconds = await takeOver(lines);
    agent.destroy();
    const conditions = `${CONNECTIONS} connections for ${LOAD_SECONDS} s after ${WARM_UP_SECONDS} s, in the same two cores`;
    return [
      measured('start until ready', readySeconds, 's', 'a new data folder', { atMost: MAX_READY_SECONDS }),
      measured('GET /wallet/{id}', gets, '/s', conditions, { atLeast: MIN_GETS }),
      measured('POST /receive_amount', receipts, '/s', `${conditions}, one wallet`, {
        atLeast: MIN_RECEIPTS,
      }),
      measured('until the last of these is settled', settledSeconds, 's', 'after the last reply'),
      measured('a saved file is taken over', takeOverSeconds, 's', EDITED, { atMost: MAX_TAKE_OVER_SECONDS }),
    ];
  } finally {
    await local.stop();
    await removeFolder(folder);
  }
}

function measured(
  what: string,
  value: number,
  unit: string,
  conditions: string,
  target?: Measurement['target'],
): Measurement {
  return { name: what, value, unit, conditions, ...(target === undefined ? {} : { target }) };
}

/** Requests answered per second, after the warm-up. */
async function load(once: () => Promise<unknown>): Promise<number> {
  await sendFor(WARM_UP_SECONDS, once);
  return (await sendFor(LOAD_SECONDS, once)) / LOAD_SECONDS;
}

async function sendFor(seconds: number, once: () => Promise<unknown>): Promise<number> {
  const endMs = performance.now() + seconds * 1_000;
  let answered = 0;
  const connection = async (): Promise<void> => {
    while (performance.now() < endMs) {
      await once();
      answered += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  return answered;
}

async function untilSettled(databaseUrl: string): Promise<number> {
  const sql = openDatabase(databaseUrl);
  const sinceMs = performance.now();
  try {
    for (;;) {
      const { count } = await sql`SELECT FROM pending_operations LIMIT 1`;
      const seconds = (performance.now() - sinceMs) / 1_000;
      if (count === 0) return seconds;
      if (seconds > SETTLED_LIMIT_SECONDS) throw new Error(`receipts are pending after ${seconds} s`);
      await sleep(PAUSE_MS);
    }
  } finally {
    await sql.end();
  }
}

/** Saves a file as it is; resolves with the seconds until the system says that it runs it. */
async function takeOver(lines: readonly string[]): Promise<number> {
  const sinceMs = performance.now();
  const now = new Date();
  await utimes(EDITED, now, now);
  for (;;) {
    const seconds = (performance.now() - sinceMs) / 1_000;
    if (lines.some((line) => line.startsWith(`Took over ${EDITED}`))) return seconds;
    if (seconds > SETTLED_LIMIT_SECONDS) throw new Error(`${EDITED} was not taken over: ${lines.at(-1)}`);
    await sleep(PAUSE_MS);
  }
}
