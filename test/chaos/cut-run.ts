import { isRefusal, MyLittlePs, MyLittlePsError } from '../../client/src/index.ts';
import { openDatabase } from '../../lib/postgres/database.ts';
import { startLocal } from '../../localstack/local.ts';
import { freeBasePort } from '../../localstack/ports.ts';
import { auditAccepted, auditBooks } from './audit.ts';
import { type CuttingProxy, startCuttingProxy } from './cutting-proxy.ts';
import { type Random, randomFrom } from './random.ts';
import { type Accepted, emptyLedger, type Planned } from './requests.ts';
import { untilSettled } from './settle.ts';
import type { Fact } from './table.ts';

/** First port to try: below those that the system gives to outgoing connections. */
const FIRST_PORT = 20_000 + (process.pid % 1_000) * 10;

const WALLETS = 20;

/** Payers who pay one after the other: several requests are always under way at once. */
const PAYERS = 16;

/** Each wallet's first balance: more than a run can pay. */
const FUNDS = 10n ** 12n;
const LARGEST_AMOUNT = 1_000_000;

/** Shares of the payments that are receipts, and that wait for their outcome. */
const RECEIPTS = 0.5;
const WAITING = 0.2;

/** How often a payer repeats a payment with the key of its error: half of all tries are cut, and each call makes seven. */
const MAX_REPEATS = 10;

export interface CutOptions {
  readonly payments: number;
  readonly seed: number;
  /** Folder for data and logs. */
  readonly folder: string;
  readonly log: (line: string) => void;
}

interface Run {
  readonly ps: MyLittlePs;
  readonly random: Random;
  readonly wallets: readonly bigint[];
  readonly accepted: Map<string, Accepted>;
  /** The keys that the client made, by the correlation id of what was paid. */
  readonly keys: Map<string, Set<string>>;
  readonly problems: string[];
  repeats: number;
}

/**
 * Pays with our client through a proxy that cuts half of all requests, and checks that each payment was made exactly once.
 *
 * @returns the problems, and the run's numbers
 * @throws if the run can't be completed
 */
export async function runCuts({ payments, seed, folder, log }: CutOptions): Promise<{
  problems: string[];
  facts: Fact[];
}> {
  const startedMs = performance.now();
  const env = { LOG_LEVEL: 'WARN' };
  const local = await startLocal({ port: await freeBasePort(FIRST_PORT), dataDir: folder, env, log });
  const sql = openDatabase(local.urls.database, 2);
  const random = randomFrom(seed);
  const proxy = await startCuttingProxy(local.urls.http, random);
  try {
    const run = { ...clientThat(proxy), random, accepted: new Map(), problems: [], repeats: 0 };
    const paying: Run = { ...run, wallets: await openWallets(run.ps) };
    log(`Paying ${payments} times through ${proxy.url}, which cuts half of all requests`);
    await fund(paying);
    await payAll(paying, payments);
    await proxy.stop();
    await untilSettled(sql);
    const keys = new Set([...paying.keys.values()].flatMap((each) => [...each]));
    const audit = await auditBooks(sql);
    const problems = [
      ...paying.problems,
      ...problemsOfKeys(paying),
      ...audit.problems,
      ...(await auditAccepted(sql, { ...emptyLedger(), accepted: paying.accepted, keys })),
    ];
    const expected = payments + WALLETS;
    if (paying.accepted.size !== expected)
      problems.push(`${paying.accepted.size} transactions for ${expected} payments`);
    return { problems, facts: factsOf(paying, proxy, seed, startedMs) };
  } finally {
    await proxy.stop();
    await sql.end({ timeout: 5 });
    await local.stop();
  }
}

/** A client through the proxy, and the keys that it sends. */
function clientThat(proxy: CuttingProxy): Pick<Run, 'ps' | 'keys'> {
  const keys: Run['keys'] = new Map();
  const watching: typeof fetch = async (input, init) => {
    const headers = new Headers(init?.headers);
    const [what, key] = [headers.get('X-Correlation-Id') ?? '', headers.get('Idempotency-Key')];
    if (key !== null) keys.set(what, (keys.get(what) ?? new Set()).add(key));
    return await fetch(input, init);
  };
  return { ps: new MyLittlePs({ url: proxy.url, fetch: watching }), keys };
}

async function openWallets(ps: MyLittlePs): Promise<bigint[]> {
  const wallets: bigint[] = [];
  await insist((options) =>
    ps.currencies.update({ EUR: '1.093809' }, { ...options, correlationId: 'rates' }),
  );
  for (let index = 0; index < WALLETS; index++) {
    const body = { Name: 'Payer', Country: 'UK', City: 'London', Currency: 'USD' };
    const open = (options: Repeat) =>
      ps.wallets.create(body, { ...options, correlationId: `wallet-${index}` });
    wallets.push((await insist(open)).WalletID);
  }
  return wallets;
}

async function fund(run: Run): Promise<void> {
  for (const [index, walletId] of run.wallets.entries())
    await pay(run, `fund-${index}`, receipt(walletId, FUNDS), false);
}

const receipt = (walletId: bigint, amount: bigint): Planned => ({
  ...{ leg: 'receipt', walletId, counterpartyId: null, amount, currency: 'USD' },
});

async function payAll(run: Run, payments: number): Promise<void> {
  let next = 0;
  const payer = async (): Promise<void> => {
    while (next < payments) {
      const number = next++;
      await pay(run, `payment-${number}`, plan(run), run.random.chance(WAITING));
    }
  };
  await Promise.all(Array.from({ length: PAYERS }, payer));
}

function plan({ random, wallets }: Run): Planned {
  const walletId = random.pick(wallets);
  const amount = BigInt(1 + random.integer(LARGEST_AMOUNT));
  if (random.chance(RECEIPTS)) return receipt(walletId, amount);
  const counterpartyId = random.pick(wallets.filter((other) => other !== walletId));
  return { leg: 'debit', walletId, counterpartyId, amount, currency: 'USD' };
}

/** Pays once, as whoever uses the client does: what it could not find out is repeated with the error's key. */
async function pay(run: Run, correlationId: string, planned: Planned, isWaiting: boolean): Promise<void> {
  const { transactions } = run.ps;
  const { walletId, counterpartyId, amount: Amount, currency: Currency } = planned;
  const wait = isWaiting ? 5 : undefined;
  const { TransactionId } = await insist(
    async (repeat) => {
      const options = { ...repeat, correlationId, wait };
      return counterpartyId === null
        ? await transactions.receive({ WalletId: walletId, Amount, Currency }, options)
        : await transactions.transfer(
            { OriginWalletId: walletId, TargetWalletId: counterpartyId, Amount, Currency },
            options,
          );
    },
    () => {
      run.repeats += 1;
    },
  );
  if (run.accepted.has(TransactionId))
    run.problems.push(`${correlationId} got the transaction ${TransactionId} of another payment`);
  run.accepted.set(TransactionId, { ...planned, key: correlationId });
}

interface Repeat {
  readonly idempotencyKey?: string | undefined;
}

async function insist<Result>(
  request: (options: Repeat) => Promise<Result>,
  onRepeat: () => void = () => {},
): Promise<Result> {
  let options: Repeat = {};
  for (let repeats = 0; ; repeats++) {
    try {
      return await request(options);
    } catch (error) {
      if (!(error instanceof MyLittlePsError) || isRefusal(error) || repeats === MAX_REPEATS) throw error;
      options = { idempotencyKey: error.idempotencyKey ?? options.idempotencyKey };
      onRepeat();
    }
  }
}

/** One request has one key, however often it was tried. */
const problemsOfKeys = ({ keys }: Run): string[] =>
  [...keys]
    .filter(([, each]) => each.size !== 1)
    .map(([what, each]) => `${what} was sent with ${each.size} keys`);

function factsOf(run: Run, { counts }: CuttingProxy, seed: number, startedMs: number): Fact[] {
  return [
    ['seed', String(seed)],
    ['payments, each made once', run.accepted.size],
    ['tries', [...counts.values()].reduce((sum, count) => sum + count, 0)],
    ...[...counts].toSorted().map(([way, count]): Fact => [`tries cut ${way}`, count]),
    ['payments repeated with the key of an error', run.repeats],
    ['seconds in all', Math.round((performance.now() - startedMs) / 1000)],
  ];
}
