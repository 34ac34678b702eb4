import { readFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import type { Sql } from '../lib/postgres/database.ts';
import { fundWallets, makeWallets } from './backlog.ts';
import { interleave, type Measurement, type Part, summarize, summarizeRatio } from './measurement.ts';
import type { Done, Task } from './pgledger-process.ts';
import { type BenchPostgres, openBench, SERVER, startBenchPostgres } from './postgres.ts';
import { type BenchProcess, startProcess } from './processes.ts';
import { send } from './send.ts';
import type { Task as Settle, Done as Settled } from './settle-process.ts';

const WALLETS = 100_000;

/** Concurrent requests or calls, each with a connection. */
const AT_ONCE = 8;

const ROUNDS = 5;
const WARM_UPS = 1;

/** Transfers of a request, and of a round: some seconds each. */
const SIZES = { single: { perRequest: 1, transfers: 12_000 }, batch: { perRequest: 500, transfers: 50_000 } };
type Size = keyof typeof SIZES;

const TARGETS = { single: 1.1, batch: 1.6, waited: 0.9 } as const;

/** Accounts of theirs that one account funds: each transfer of a transaction reads all versions of its row that are before it. */
const FUNDED_BY_ONE = 500;

/** Processes: the handlers, the processor, and the calls of pgledger. */
type Processes = Readonly<Record<'handlers' | 'processor' | 'calls', BenchProcess<Task, Done>>>;

/**
 * Transfers the whole way: our handlers over HTTP and one processor until all are settled, or our handlers alone with requests
 * that wait for the outcome, against pgledger's functions, which settle at once, by the same driver.
 *
 * @param files SQL that makes pgledger in an empty database, in order
 */
export const pgledgerPart = (files: readonly string[]): Part => ({
  name: 'pgledger',
  run: async (log) => {
    const server = await startBenchPostgres();
    const start = () => startProcess<Task, Done>('pgledger-process.ts');
    const processes: Processes = { handlers: start(), processor: start(), calls: start() };
    try {
      log('funding wallets and accounts');
      await makeOurs(server);
      await makeTheirs(server, files);
      const sides = (Object.keys(SIZES) as Size[]).flatMap((size) => [
        [`ours ${size}`, () => inCopy(server, 'ours', (url) => whole(processes, url, size))] as const,
        [`pgledger ${size}`, () => inCopy(server, 'pgledger', (url) => call(processes, url, size))] as const,
      ]);
      const waited = ['ours waited', () => inCopy(server, 'ours', (url) => wait(processes, url))] as const;
      return measurements(await interleave(new Map([...sides, waited]), ROUNDS, WARM_UPS));
    } finally {
      await Promise.all(Object.values(processes).map((each) => each.stop()));
      await server.stop();
    }
  },
});

async function makeOurs(server: BenchPostgres): Promise<void> {
  const url = await server.makeDatabase('ours');
  const settling = startProcess<Settle, Settled>('settle-process.ts');
  const sql = openBench(url);
  await makeWallets(sql, WALLETS, 'USD');
  await fundWallets(sql);
  await settling.perform({ kind: 'settle', url, groups: [1] });
  await settling.stop();
  await tidy(sql);
}

/** Accounts that must not become negative, as wallets must not, and those that fund them. */
async function makeTheirs(server: BenchPostgres, files: readonly string[]): Promise<void> {
  const sql = openBench(await server.makeEmptyDatabase('pgledger'));
  for (const file of files) await sql.unsafe(await readFile(file, 'utf8'));
  await sql.unsafe(`
    SELECT count(id) FROM (
      SELECT (pgledger_create_account('wallet', 'USD', allow_negative_balance => false)).id
      FROM generate_series(1, ${WALLETS})) AS accounts;
    SELECT count(id) FROM (
      SELECT (pgledger_create_account('funds', 'USD')).id FROM generate_series(1, ${WALLETS / FUNDED_BY_ONE})) AS accounts`);
  for (let funder = 0; funder < WALLETS / FUNDED_BY_ONE; funder++) {
    const ofName = (name: string, first: number, count: number) =>
      `(SELECT id FROM pgledger_accounts WHERE name = '${name}' ORDER BY id OFFSET ${first} LIMIT ${count})`;
    await sql.unsafe(`
      SELECT count(*) FROM pgledger_create_transfers((
        SELECT array_agg((funds.id, wallet.id, 1000000)::transfer_request)
        FROM ${ofName('funds', funder, 1)} AS funds, ${ofName('wallet', funder * FUNDED_BY_ONE, FUNDED_BY_ONE)} AS wallet))`);
  }
  await tidy(sql);
}

async function tidy(sql: Sql): Promise<void> {
  await sql.unsafe('VACUUM (FULL, ANALYZE)');
  await sql.end();
}

async function inCopy(
  server: BenchPostgres,
  original: string,
  take: (url: string) => Promise<number>,
): Promise<number> {
  const url = await server.makeDatabase('round', original, 'WAL_LOG');
  const rate = await take(url);
  await server.dropDatabase('round');
  return rate;
}

/** Transfers a second, from the first request until the last is settled. */
async function whole({ handlers, processor }: Processes, url: string, size: Size): Promise<number> {
  const { perRequest, transfers } = SIZES[size];
  const port = await handlers.perform({ kind: 'serve', url, atOnce: AT_ONCE });
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const startedMs = performance.now();
  const settling = processor.perform({ kind: 'process', url });
  let left = transfers;
  const loop = async (): Promise<void> => {
    while (left > 0) {
      left -= perRequest;
      const entries = Array.from({ length: perRequest }, anyTransfer);
      const isSingle = perRequest === 1;
      const target = `http://127.0.0.1:${port}/${isSingle ? 'transfer_amount' : 'batch'}`;
      await send(agent, target, JSON.stringify(isSingle ? entries[0] : { Operations: entries }));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, loop));
  await processor.perform({ kind: 'end' });
  const settled = await settling;
  const seconds = (performance.now() - startedMs) / 1_000;
  agent.destroy();
  await handlers.perform({ kind: 'end' });
  if (settled < transfers) throw new Error(`${settled} legs were settled of ${transfers} transfers`);
  return transfers / seconds;
}

/** Transfers a second, each settled by the request that waits for it. */
async function wait({ handlers }: Processes, url: string): Promise<number> {
  const { transfers } = SIZES.single;
  const port = await handlers.perform({ kind: 'serve', url, atOnce: AT_ONCE });
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const target = `http://127.0.0.1:${port}/transfer_amount`;
  const startedMs = performance.now();
  let left = transfers;
  const loop = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const reply = await send(agent, target, JSON.stringify(anyTransfer()), { prefer: 'wait=10' });
      if (!reply.includes('"Status":"success","Reason":null')) throw new Error(reply);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, loop));
  const seconds = (performance.now() - startedMs) / 1_000;
  agent.destroy();
  await handlers.perform({ kind: 'end' });
  return transfers / seconds;
}

function anyTransfer() {
  const origin = Math.floor(Math.random() * WALLETS);
  const target = (origin + 1 + Math.floor(Math.random() * (WALLETS - 1))) % WALLETS;
  return { OriginWalletId: 1 + origin, TargetWalletId: 1 + target, Amount: 1, Currency: 'USD' };
}

async function call({ calls }: Processes, url: string, size: Size): Promise<number> {
  const { perRequest, transfers } = SIZES[size];
  return (
    (transfers /
      (await calls.perform({ kind: 'call', url, atOnce: AT_ONCE, transfers, perCall: perRequest }))) *
    1_000
  );
}

function measurements(samples: ReadonlyMap<string, readonly number[]>): Measurement[] {
  const conditions =
    `transfers between ${WALLETS} wallets in one currency, ${AT_ONCE} connections, one processor, no queue; ${SERVER}; ` +
    `median of ${ROUNDS} rounds in turn`;
  const of = (name: string): readonly number[] => samples.get(name) ?? [];
  const waited: Measurement[] = [
    {
      ...{ name: 'single transfers, over HTTP, waited for', unit: 'transfers/s', conditions },
      ...summarize(of('ours waited')),
    },
    {
      ...{ name: 'single transfers, ours waited for ÷ pgledger', unit: '×', conditions },
      ...summarizeRatio(of('ours waited'), of('pgledger single')),
      target: { atLeast: TARGETS.waited },
    },
  ];
  const others = (Object.keys(SIZES) as Size[]).flatMap((size): Measurement[] => {
    const what = size === 'single' ? 'single transfers' : `transfers in batches of ${SIZES.batch.perRequest}`;
    const line = { unit: 'transfers/s', conditions };
    return [
      { ...line, name: `${what}, over HTTP until settled`, ...summarize(of(`ours ${size}`)) },
      { ...line, name: `${what}, pgledger`, ...summarize(of(`pgledger ${size}`)) },
      {
        ...line,
        unit: '×',
        name: `${what}, ours ÷ pgledger`,
        ...summarizeRatio(of(`ours ${size}`), of(`pgledger ${size}`)),
        target: { atLeast: TARGETS[size] },
      },
    ];
  });
  return [...others, ...waited];
}
