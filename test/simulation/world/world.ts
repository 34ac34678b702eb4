import { join } from 'node:path';
import { openDatabase, type Sql } from '../../../lib/postgres/database.ts';
import { migrate } from '../../../lib/postgres/migrate.ts';
import { emptyReaders, type Readers } from '../checks/check-readers.ts';
import type { CurrencyChanges } from '../checks/check-settings.ts';
import { emptyJournal, type Journal } from '../checks/journal.ts';
import { messageIdOf } from '../checks/webhook-book.ts';
import type { Known } from '../story/resolve.ts';
import type { Setting } from '../story/script.ts';
import { createBus, type SimulatedBus } from './bus.ts';
import { type ClientRequest, type Clients, emptyClients } from './clients.ts';
import { type Lambda, openLambda } from './lambda.ts';
import { createQueue, type SimulatedQueue } from './queue.ts';
import { createWebhooks, type SimulatedWebhooks } from './webhooks.ts';

/** Most concurrent Lambda instances: the most actors of a step. */
const INSTANCES = 3;

/** The whole state of a run. */
export interface World {
  readonly name: string;
  /** A connection to the database without faults, for checks. */
  readonly sql: Sql;
  readonly lambdas: Lambda[];
  /** Starts another Lambda instance. */
  readonly start: (slot: number) => Promise<Lambda>;
  readonly queue: SimulatedQueue;
  readonly bus: SimulatedBus;
  readonly webhooks: SimulatedWebhooks;
  readonly journal: Journal;
  readonly clients: Clients;
  readonly readers: Readers;
  readonly known: Known & {
    readonly transactionIds: string[];
    readonly holdIds: string[];
    readonly payoutIds: string[];
  };
  groups: number;
  /** Whether this step has one actor. */
  isAlone: boolean;
  /** What this step did. */
  step: StepRecord;
  /** Counts of what happened, by name. */
  readonly tally: Map<string, number>;
}

/** What a request was told of the transaction for which it waited. */
export interface Told {
  readonly transactionId: string;
  readonly status: string;
  /** Whether nothing kept it from settling all by itself. */
  readonly isAlone: boolean;
}

export interface StepRecord {
  readonly sent: Set<ClientRequest>;
  readonly currencies: CurrencyChanges;
  /** The transactions whose outcome a request waited for, and what it was told. */
  readonly told: Told[];
  /** Slots of the Lambda instances that a failover struck. */
  readonly struck: Set<number>;
  /** The lists of which a reader got a page. */
  readonly followed: Set<bigint | 'wallets'>;
}

export const emptyStep = (): StepRecord => ({
  sent: new Set(),
  told: [],
  currencies: { attempts: [], withdrawn: new Set() },
  struck: new Set(),
  followed: new Set(),
});

export function count(world: World, what: string, times = 1): void {
  world.tally.set(what, (world.tally.get(what) ?? 0) + times);
}

/** PostgreSQL's deadlock_timeout: short, so that a run does not wait for it. */
const DEADLOCK_MS = 50;

/**
 * PostgreSQL's time limits, in seconds: longer than a step may take, so that a slow machine causes no failure and a hang
 * is reported as one.
 */
const TIME_LIMIT_SECONDS = 120;

const TIME_LIMITS = [
  'statement_timeout',
  'lock_timeout',
  'transaction_timeout',
  'idle_in_transaction_session_timeout',
];

/** The migrations of the same copy of the project as this file. */
const MIGRATIONS = join(import.meta.dirname, '..', '..', '..', 'migrations');

let worlds = 0;

/** Makes a world with a new database on a server. */
export async function openWorld(serverUrl: string, setting: Setting): Promise<World> {
  worlds += 1;
  const name = `simulation_${process.pid}_${worlds}`;
  await onServer(serverUrl, async (server) => {
    await server.unsafe(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await server.unsafe(`CREATE DATABASE ${name}`);
    await server.unsafe(`ALTER DATABASE ${name} SET deadlock_timeout = '${DEADLOCK_MS}ms'`);
  });
  const url = new URL(serverUrl);
  url.pathname = name;
  await migrate(url.href, MIGRATIONS);
  await onServer(serverUrl, async (server) => {
    for (const limit of TIME_LIMITS) {
      await server.unsafe(`ALTER DATABASE ${name} SET ${limit} = '${TIME_LIMIT_SECONDS}s'`);
    }
  });
  const webhooks = createWebhooks();
  const { book } = webhooks;
  const bus = createBus((slot, event) => {
    webhooks.events.push(slot, event);
    if (!book.taken.has(messageIdOf(event))) book.taken.set(messageIdOf(event), book.step);
  });
  const queue = createQueue(setting.deduplicationSteps);
  const start = (slot: number) => openLambda(slot, url.href, { queue, bus, webhooks });
  const lambdas = await Promise.all(Array.from({ length: INSTANCES }, (_, slot) => start(slot)));
  const journal = emptyJournal();
  let names = 0;
  const nextName = () => {
    names += 1;
    return `Wallet ${names}`;
  };
  return {
    name,
    sql: openDatabase(url.href),
    lambdas,
    start,
    queue,
    bus,
    webhooks,
    journal,
    clients: emptyClients(),
    readers: emptyReaders(),
    known: { setting, journal, transactionIds: [], holdIds: [], payoutIds: [], webhookBook: book, nextName },
    groups: setting.groups,
    isAlone: true,
    step: emptyStep(),
    tally: new Map(),
  };
}

/** Starts a new instance for each that died. */
export async function replaceDead({ lambdas, start }: World): Promise<void> {
  for (const lambda of lambdas.filter(({ wire }) => wire.isDead())) {
    await lambda.close();
    lambdas[lambda.slot] = await start(lambda.slot);
  }
}

/** Closes a world and drops its database. */
export async function closeWorld(world: World, serverUrl: string): Promise<void> {
  await Promise.all(world.lambdas.map((lambda) => lambda.close()));
  world.webhooks.receivers.close();
  await world.sql.end({ timeout: 1 });
  await onServer(serverUrl, async (server) => {
    await server.unsafe(`DROP DATABASE IF EXISTS ${world.name} WITH (FORCE)`);
  });
}

async function onServer(url: string, work: (server: Sql) => Promise<void>): Promise<void> {
  const server = openDatabase(url);
  await work(server);
  await server.end();
}
