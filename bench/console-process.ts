import { getOwnKey, listKeys } from '../functions/access.ts';
import { getCurrencies, getRates } from '../functions/currencies.ts';
import { getGroups, getOverview } from '../functions/overview.ts';
import { showHolds } from '../functions/read-holds.ts';
import { getStory, searchTransactions } from '../functions/read-transactions.ts';
import { getHistory, getWallet, listWallets } from '../functions/read-wallets.ts';
import { listOperations } from '../functions/reports.ts';
import { listWebhooks, showDeliveries } from '../functions/webhooks.ts';
import type { HttpHandler } from '../lib/http/serve.ts';
import { openDatabase, type Sql } from '../lib/postgres/database.ts';
import { serveTasks } from '../localstack/processes/parent.ts';
import { GROUPS } from './console-data.ts';
import { type Asked, get } from './post.ts';
import { processorTime } from './processor-time.ts';

/** Requests of one kind, one after another. */
export interface Task {
  readonly url: string;
  readonly asked: readonly Asked[];
}

export interface Done {
  /** Milliseconds of each request. */
  readonly times: number[];
  /** Processor time of one request: of this process and of the connection's server process, in milliseconds; 0 for the latter if it can't be read. */
  readonly cpuMs: number;
  readonly serverCpuMs: number;
  /** The longest reply, in characters. */
  readonly characters: number;
}

/** Unmeasured requests: PostgreSQL plans a prepared statement again for five runs, and V8 compiles hot code. */
const WARM_UPS = 10;

/** The handlers as on AWS, with one connection; dead letters are not counted, as there is no queue. */
function handlersOf(sql: Sql): ReadonlyMap<string, HttpHandler> {
  const deps = { sql, apiKeys: 'off' as const, countLetters: () => Promise.resolve(null) };
  const made = [
    ...[getOverview, getGroups(GROUPS), getWallet, getHistory, listWallets, listOperations, showHolds],
    ...[
      getStory,
      searchTransactions,
      getCurrencies,
      getRates,
      getOwnKey,
      listKeys,
      listWebhooks,
      showDeliveries,
    ],
  ];
  return new Map(made.map((route) => [route.definition.route, route(deps)]));
}

async function measure({ url, asked }: Task): Promise<Done> {
  const sql = openDatabase(url);
  const handlers = handlersOf(sql);
  const ask = async (each: Asked): Promise<number> => {
    const handler = handlers.get(each.route);
    if (handler === undefined) throw new Error(`${each.route} is not measured`);
    return await get(handler, each);
  };
  try {
    for (let run = 0; run < WARM_UPS; run++) await ask(asked[run % asked.length] as Asked);
    const times: number[] = [];
    let characters = 0;
    const [server] = await sql<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
    const [usage, before] = [process.cpuUsage(), await processorTime(server?.pid)];
    for (const each of asked) {
      const startedMs = performance.now();
      characters = Math.max(characters, await ask(each));
      times.push(performance.now() - startedMs);
    }
    const { user, system } = process.cpuUsage(usage);
    const serverCpuMs = ((await processorTime(server?.pid)) - before) / asked.length;
    return { times, characters, serverCpuMs, cpuMs: (user + system) / 1_000 / asked.length };
  } finally {
    await sql.end();
  }
}

await serveTasks(measure);
