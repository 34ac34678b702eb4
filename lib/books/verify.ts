import { MAX_ID } from '../ledger/id.ts';
import { correlationOf } from '../postgres/correlation.ts';
import { array, type Sql, type Statements, type Tx } from '../postgres/database.ts';
import { readBeside, readSnapshot } from '../postgres/snapshot.ts';
import { conclude, type Finding, type StoredLink, startWalk, takeLink, type Walk } from './chain-walk.ts';
import { nextWallets } from './scope.ts';
import { findSuspects } from './suspects.ts';

export interface VerifyReport {
  /** RFC 3339, by the database's clock. */
  readonly checkedAt: string;
  /** Settled operations. */
  readonly operations: number;
  readonly wallets: number;
  /** Wallets whose chain is broken. */
  readonly problems: number;
  /** The first break in each of them, by wallet; at most {@link MAX_FINDINGS}. */
  readonly findings: readonly Finding[];
  readonly isClean: boolean;
}

/** Wallets whose breaks are reported: enough to see what happened. */
const MAX_FINDINGS = 100;

/** Wallets looked over by one statement. */
const WALLET_BATCH = 10_000;

/** Operations read at once: a few megabytes. */
const PAGE = 2_000;

/** Batches of a connection at most: enough for a hundred billion wallets. */
const MAX_BATCHES = 10_000_000;

/**
 * Recomputes the hash chain of every wallet in one consistent snapshot, and finds the first break of each broken chain. The
 * database looks over all of them; a chain that is not whole there is read and judged here, operation by operation.
 *
 * @param seconds how long it may take
 * @param beside another connection, for half of the work
 * @throws what the database throws; breaks are reported, never thrown
 */
export async function verifyChains(sql: Sql, seconds: number, beside?: Sql): Promise<VerifyReport> {
  return await readSnapshot(sql, seconds, async ({ tx, takenAt }) => {
    const ranges = walletRanges();
    const other =
      beside === undefined ? [] : [readBeside(beside, tx, seconds, (theirs) => lookOver(theirs, ranges))];
    const parts = await Promise.all([...other, lookOver(tx, ranges)]).finally(() => ranges.end());
    const sum = (count: (part: Part) => number) => parts.reduce((total, part) => total + count(part), 0);
    const problems = sum((part) => part.problems);
    return {
      checkedAt: takenAt,
      operations: sum((part) => part.operations),
      wallets: sum((part) => part.wallets),
      problems,
      findings: parts
        .flatMap(({ findings }) => findings)
        .sort(byWallet)
        .slice(0, MAX_FINDINGS),
      isClean: problems === 0,
    };
  });
}

/** What one connection found in its ranges. */
interface Part {
  readonly operations: number;
  readonly wallets: number;
  readonly problems: number;
  /** The first ones. */
  readonly findings: readonly Finding[];
}

const byWallet = (a: Finding, b: Finding): number => Number(BigInt(a.walletId) - BigInt(b.walletId));

/** Looks over one range after the other, until no one is left. */
async function lookOver(tx: Tx, ranges: Ranges): Promise<Part> {
  await tx`SELECT set_config('enable_seqscan', 'off', true), set_config('enable_sort', 'off', true)`;
  let [operations, wallets, problems] = [0, 0, 0];
  const findings: Finding[] = [];
  for (let batch = 0; batch < MAX_BATCHES; batch++) {
    const range = await ranges.next(tx);
    if (range === undefined) break;
    const looked = await findSuspects(tx, range.after, range.upTo);
    operations += looked.operations;
    wallets += looked.wallets;
    if (looked.suspects.length === 0) continue;
    for await (const walk of walkChains(tx, array(looked.suspects))) {
      const found = conclude(walk);
      if (found === undefined) continue;
      problems += 1;
      if (findings.length < MAX_FINDINGS) findings.push(found);
    }
  }
  return { operations, wallets, problems, findings };
}

/** Ranges of wallet ids for whoever asks next. */
interface Ranges {
  /** @param tx of who asks, in the snapshot. @returns the next range, or undefined if none is left */
  next(tx: Tx): Promise<{ readonly after: bigint; readonly upTo: bigint } | undefined>;
  /** No one is left from now on. */
  end(): void;
}

/** All wallets, and the missing ones that have operations. */
function walletRanges(): Ranges {
  let after = 0n;
  let previous: Promise<unknown> = Promise.resolve();
  const step = async (tx: Tx) => {
    if (after === MAX_ID) return undefined;
    const range = { after, ...(await nextWallets(tx, after, WALLET_BATCH)) };
    if (after !== MAX_ID) after = range.upTo;
    return range;
  };
  return {
    next(tx) {
      const range = previous.then(() => step(tx));
      previous = range.catch(() => {});
      return range;
    },
    end() {
      after = MAX_ID;
    },
  };
}

interface StoredWallet {
  readonly id: bigint;
  readonly length: bigint;
  readonly head: Uint8Array;
}

async function readWallets(sql: Statements, ids: string): Promise<StoredWallet[]> {
  return await sql<StoredWallet[]>`
    SELECT id, chain_length AS length, chain_head AS head FROM wallets
    WHERE id = ANY (${ids}::bigint[]) ORDER BY id`;
}

/**
 * The finished walk along each of some chains, by wallet.
 *
 * @param ids of wallets, also of missing ones that have operations
 */
async function* walkChains(sql: Statements, ids: string): AsyncGenerator<Walk> {
  const wallets = await readWallets(sql, ids);
  const left = wallets[Symbol.iterator]();
  let next = left.next().value;
  let walk: Walk | undefined;
  for await (const page of readOperations(sql, ids)) {
    for (const row of page) {
      if (walk?.walletId !== row.walletId) {
        if (walk !== undefined) yield walk;
        for (; next !== undefined && next.id < row.walletId; next = left.next().value) {
          yield startWalk(next.id, next);
        }
        const isThere = next?.id === row.walletId;
        walk = startWalk(row.walletId, isThere ? next : undefined);
        if (isThere) next = left.next().value;
      }
      takeLink(walk, row);
    }
  }
  if (walk !== undefined) yield walk;
  for (; next !== undefined; next = left.next().value) yield startWalk(next.id, next);
}

function readOperations(sql: Statements, ids: string): AsyncIterable<readonly StoredLink[]> {
  return sql<StoredLink[]>`
    SELECT wallet_id AS "walletId", position, id, transaction_id AS "transactionId", leg,
      counterparty_id AS "counterpartyId", amount, currency, origin_amount AS "originAmount",
      origin_currency AS "originCurrency", refund_of AS "refundOf", hold_id AS "holdId",
      ${correlationOf(sql)} AS "correlationId", created_at AS "createdAt", status, reason, wallet_amount AS "walletAmount",
      balance_after AS "balanceAfter", currency_rate AS "currencyRate", wallet_rate AS "walletRate",
      available, processed_at AS "processedAt", hash, number,
      linked_legs AS "linkedLegs"
    FROM operations
    WHERE wallet_id = ANY (${ids}::bigint[])
    ORDER BY wallet_id, position`.cursor(PAGE);
}
