import type { Sql } from '../lib/postgres/database.ts';
import { placesIn, webhookIdOf } from './console-data.ts';
import { HEAVY_WALLET, type JournalShape } from './journal.ts';
import type { Asked } from './post.ts';

/** Requests of each kind. */
export const REQUESTS = 50;

/** Points of a history: the most. */
const POINTS = '1000';

/** Rows of a page, as the console asks for them. */
const PAGE = '50';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

const HEAVY = String(HEAVY_WALLET);

/** Since when the heavy wallet is open, and what time it is, in milliseconds since 1970. */
interface Period {
  readonly from: number;
  readonly to: number;
}

type Kinds = Readonly<Record<string, readonly Asked[]>>;

/** What the console asks for, by kind: each time of another wallet, payment or period where there are several. */
export async function requestsOf(sql: Sql, shape: JournalShape): Promise<Kinds> {
  const [period] = await sql<Period[]>`
    SELECT (extract(epoch FROM created_at) * 1000)::float8 AS "from", (extract(epoch FROM now()) * 1000)::float8 AS "to"
    FROM wallets WHERE id = ${HEAVY_WALLET}`;
  if (period === undefined) throw new Error('there is no heavy wallet');
  return { ...ofSystem(), ...ofWallets(period, shape), ...ofPayments(shape), ...ofSettings() };
}

const each = (of: (index: number) => Asked): Asked[] =>
  Array.from({ length: REQUESTS }, (_, index) => of(index));

/** Wallets all over the table. */
const walletAt = (index: number, { wallets }: JournalShape): string =>
  String(1 + Math.floor((index * wallets) / REQUESTS));

const ofSystem = (): Kinds => ({
  'GET /overview': each(() => ({ route: 'GET /overview' })),
  'GET /groups': each(() => ({ route: 'GET /groups' })),
});

function ofWallets(period: Period, shape: JournalShape): Kinds {
  const path = { walletId: HEAVY };
  const history = (periodOf: (index: number) => Period) =>
    each((index) => {
      const { from, to } = periodOf(index);
      const query = { from: new Date(from).toISOString(), to: new Date(to).toISOString(), points: POINTS };
      return { route: 'GET /wallet/{walletId}/history', path, query };
    });
  const part = (lengthMs: number) => (index: number) => {
    const from = period.from + ((index + 1) * (period.to - period.from)) / (REQUESTS + 2);
    return { from, to: from + lengthMs };
  };
  const newest = { from: new Date(period.from).toISOString(), order: 'desc', limit: PAGE };
  return {
    'GET /wallet/{id}': each((index) => ({
      ...{ route: 'GET /wallet/{walletId}', path: { walletId: walletAt(index, shape) } },
    })),
    'GET /wallet/{id}/history, whole time': history(() => period),
    'GET /wallet/{id}/history, a day': history(part(DAY_MS)),
    'GET /wallet/{id}/history, a minute': history(part(MINUTE_MS)),
    'GET /operations/{id}, newest first': each(() => ({
      ...{ route: 'GET /operations/{walletId}', path, query: newest },
    })),
    'GET /holds/{id}': each(() => ({ route: 'GET /holds/{walletId}', path })),
    'GET /wallets': each((index) => ({
      ...{ route: 'GET /wallets', query: { after: walletAt(index, shape), limit: PAGE } },
    })),
    'GET /wallets?status=, none has it': each((index) => ({
      ...{ route: 'GET /wallets', query: { after: walletAt(index, shape), limit: PAGE, status: 'frozen' } },
    })),
  };
}

function ofPayments(shape: JournalShape): Kinds {
  const places = placesIn(shape, REQUESTS);
  const found = (queryOf: (index: number) => Readonly<Record<string, string>>) =>
    each((index) => ({ route: 'GET /transactions', query: queryOf(index) }));
  return {
    'GET /transaction/{id}/story': each((index) => ({
      route: 'GET /transaction/{transactionId}/story',
      path: { transactionId: places[index]?.transactionId ?? '' },
    })),
    'GET /transactions?reference=': found((index) => ({ reference: places[index]?.reference ?? '' })),
    // A generated transaction's id ends as the first one of a request does, whose correlation id it is.
    'GET /transactions?correlationId=': found((index) => ({
      correlationId: places[index]?.transactionId ?? '',
    })),
    'GET /transactions?wallet=, the heavy one': found(() => ({ wallet: HEAVY, order: 'desc' })),
    'GET /transactions?wallet=': found((index) => ({ wallet: walletAt(index, shape), order: 'desc' })),
  };
}

function ofSettings(): Kinds {
  const rates = { path: { currency: 'EUR' }, query: { limit: '1000' } };
  return {
    'GET /currencies': each(() => ({ route: 'GET /currencies' })),
    'GET /currency/{c}/rates, 1,000': each(() => ({ route: 'GET /currency/{currency}/rates', ...rates })),
    'GET /key': each(() => ({ route: 'GET /key' })),
    'GET /keys, 1,000': each(() => ({ route: 'GET /keys' })),
    'GET /webhooks': each(() => ({ route: 'GET /webhooks' })),
    'GET /webhook/{id}/deliveries': each(() => ({
      ...{ route: 'GET /webhook/{webhookId}/deliveries', path: { webhookId: webhookIdOf(1) } },
    })),
  };
}
