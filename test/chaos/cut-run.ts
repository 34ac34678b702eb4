import {
  isRefusal,
  type LinkedReceipt,
  type LinkedTransfer,
  MyLittlePs,
  MyLittlePsError,
} from '../../client/src/index.ts';
import { known } from '../../lib/ledger/known.ts';
import { openDatabase } from '../../lib/postgres/database.ts';
import { startLocal } from '../../localstack/local.ts';
import { freeBasePort } from '../../localstack/ports.ts';
import { auditAccepted, auditBooks } from './audit.ts';
import { type CuttingProxy, startCuttingProxy } from './cutting-proxy.ts';
import { isSentAsBatch, planLinked, recordLinked } from './linked.ts';
import { type Random, randomFrom } from './random.ts';
import { emptyLedger, type Ledger, type Planned, recordAccepted } from './requests.ts';
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

/** Shares of the payments that are several at once, and that wait for their outcome. */
const LINKED = 0.2;
const WAITING = 0.2;
const WAIT_SECONDS = 5;

/** Share of the other payments, and of what is linked, that are receipts. */
const RECEIPTS = 0.5;

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
  readonly ledger: Ledger;
  /** The keys that the client made, by the correlation id of what was paid. */
  readonly keys: Map<string, Set<string>>;
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
    const run = { ...clientThat(proxy), random, ledger: emptyLedger(), repeats: 0 };
    const paying: Run = { ...run, wallets: await openWallets(run.ps) };
    log(`Paying ${payments} times through ${proxy.url}, which cuts half of all requests`);
    await fund(paying);
    await payAll(paying, payments);
    await proxy.stop();
    await untilSettled(sql);
    const keys = new Set([...paying.keys.values()].flatMap((each) => [...each]));
    const audit = await auditBooks(sql);
    const problems = [
      ...paying.ledger.problems,
      ...problemsOfKeys(paying),
      ...audit.problems,
      ...(await auditAccepted(sql, { ...paying.ledger, keys })),
    ];
    const expected = payments + WALLETS;
    const made = madeBy(paying);
    if (made !== expected) problems.push(`${made} transactions for ${expected} payments`);
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
      const isWaiting = run.random.chance(WAITING);
      if (run.random.chance(LINKED)) await link(run, `payment-${number}`, isWaiting);
      else await pay(run, `payment-${number}`, plan(run), isWaiting);
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

async function pay(run: Run, correlationId: string, planned: Planned, isWaiting: boolean): Promise<void> {
  const { transactions } = run.ps;
  const { walletId, counterpartyId, amount: Amount, currency: Currency } = planned;
  const id = await once(run, correlationId, async (sent) => {
    const options = { ...sent, wait: isWaiting ? WAIT_SECONDS : undefined };
    return counterpartyId === null
      ? await transactions.receive({ WalletId: walletId, Amount, Currency }, options)
      : await transactions.transfer(
          { OriginWalletId: walletId, TargetWalletId: counterpartyId, Amount, Currency },
          options,
        );
  });
  recordAccepted(run.ledger, id, { ...planned, key: correlationId });
}

/** Several payments as one: as a linked transaction, or as an atomic batch. */
async function link(run: Run, correlationId: string, isWaiting: boolean): Promise<void> {
  const { ps, random } = run;
  const operations = planLinked(random, () => plan(run));
  const isBatch = isSentAsBatch(random, operations);
  const id = await once(run, correlationId, async (sent) =>
    isBatch
      ? await ps.transactions.atomicBatch({ Operations: operations.map(entryOf) }, sent)
      : await ps.transactions.link(
          { Transfers: operations.map(transferOf) },
          { ...sent, wait: isWaiting ? WAIT_SECONDS : undefined },
        ),
  );
  recordLinked(run.ledger, id, { operations, key: correlationId });
}

const transferOf = ({ walletId, counterpartyId, amount, currency }: Planned): LinkedTransfer => ({
  OriginWalletId: walletId,
  TargetWalletId: known(counterpartyId, 'target of a transfer'),
  Amount: amount,
  Currency: currency,
});

const entryOf = (planned: Planned): LinkedReceipt | LinkedTransfer =>
  planned.counterpartyId === null
    ? { WalletId: planned.walletId, Amount: planned.amount, Currency: planned.currency }
    : transferOf(planned);

/** Pays as whoever uses the client does: what it could not find out is repeated with the error's key. @returns the transaction's id */
async function once(
  run: Run,
  correlationId: string,
  request: (
    options: Repeat & { readonly correlationId: string },
  ) => Promise<{ readonly TransactionId: string }>,
): Promise<string> {
  const { TransactionId } = await insist(
    (repeat) => request({ ...repeat, correlationId }),
    () => {
      run.repeats += 1;
    },
  );
  return TransactionId;
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

const madeBy = ({ ledger }: Run): number => ledger.accepted.size + ledger.linked.size;

function factsOf(run: Run, { counts }: CuttingProxy, seed: number, startedMs: number): Fact[] {
  return [
    ['seed', String(seed)],
    ['payments, each made once', madeBy(run)],
    ['linked transactions among them', run.ledger.linked.size],
    ['tries', [...counts.values()].reduce((sum, count) => sum + count, 0)],
    ...[...counts].toSorted().map(([way, count]): Fact => [`tries cut ${way}`, count]),
    ['payments repeated with the key of an error', run.repeats],
    ['seconds in all', Math.round((performance.now() - startedMs) / 1000)],
  ];
}
