import { MAX_ID } from '../ledger/id.ts';
import type { Sql, Statements, Tx } from '../postgres/database.ts';
import { readSnapshot } from '../postgres/snapshot.ts';
import { conclude, type Finding, type StoredLink, startWalk, takeLink, type Walk } from './chain-walk.ts';

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

/** Wallets read at once: about a megabyte. */
const WALLET_BATCH = 10_000;

/** Operations read at once: a few megabytes. */
const PAGE = 2_000;

/** Batches at most: enough for a hundred billion wallets. */
const MAX_BATCHES = 10_000_000;

/**
 * Recomputes the hash chain of every wallet in one consistent snapshot, and finds the first break of each broken chain.
 * Reads every settled operation once, a page at a time.
 *
 * @param seconds how long it may take
 * @throws what the database throws; breaks are reported, never thrown
 */
export async function verifyChains(sql: Sql, seconds: number): Promise<VerifyReport> {
  return await readSnapshot(sql, seconds, async ({ tx, takenAt }) => {
    let [operations, wallets, problems] = [0, 0, 0];
    const findings: Finding[] = [];
    for await (const walk of walkChains(tx)) {
      operations += Number(walk.count);
      if (walk.end !== undefined) wallets += 1;
      const found = conclude(walk);
      if (found === undefined) continue;
      problems += 1;
      if (findings.length < MAX_FINDINGS) findings.push(found);
    }
    return { checkedAt: takenAt, operations, wallets, problems, findings, isClean: problems === 0 };
  });
}

/** The finished walk along each wallet's chain, by wallet. */
async function* walkChains(tx: Tx): AsyncGenerator<Walk> {
  let after = 0n;
  for (let batch = 0; batch < MAX_BATCHES; batch++) {
    const wallets = await readWallets(tx, after);
    const last = wallets.length < WALLET_BATCH ? undefined : wallets.at(-1)?.id;
    yield* walkBatch(tx, wallets, after, last ?? MAX_ID);
    if (last === undefined) return;
    after = last;
  }
}

interface StoredWallet {
  readonly id: bigint;
  readonly length: bigint;
  readonly head: Uint8Array;
}

async function readWallets(sql: Statements, after: bigint): Promise<StoredWallet[]> {
  return await sql<StoredWallet[]>`
    SELECT id, chain_length AS length, chain_head AS head FROM wallets
    WHERE id > ${after} ORDER BY id LIMIT ${WALLET_BATCH}`;
}

/** The chains of these wallets, and of missing wallets with ids in the same range that have operations. */
async function* walkBatch(
  sql: Statements,
  wallets: readonly StoredWallet[],
  after: bigint,
  upTo: bigint,
): AsyncGenerator<Walk> {
  const left = wallets[Symbol.iterator]();
  let next = left.next().value;
  let walk: Walk | undefined;
  for await (const page of readOperations(sql, after, upTo)) {
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

function readOperations(sql: Statements, after: bigint, upTo: bigint): AsyncIterable<readonly StoredLink[]> {
  return sql<StoredLink[]>`
    SELECT wallet_id AS "walletId", position, id, transaction_id AS "transactionId", leg,
      counterparty_id AS "counterpartyId", amount, currency, origin_amount AS "originAmount",
      origin_currency AS "originCurrency", refund_of AS "refundOf", hold_id AS "holdId",
      correlation_id AS "correlationId", created_at AS "createdAt", status, reason, wallet_amount AS "walletAmount",
      balance_after AS "balanceAfter", currency_rate AS "currencyRate", wallet_rate AS "walletRate",
      processed_at AS "processedAt", hash
    FROM operations
    WHERE wallet_id > ${after} AND wallet_id <= ${upTo} AND position IS NOT NULL
    ORDER BY wallet_id, position`.cursor(PAGE);
}
