import { array, type Sql } from '../../../lib/postgres/database.ts';

/** An operation's row. */
export interface Operation {
  readonly id: bigint;
  readonly transactionId: string;
  readonly leg: string;
  readonly walletId: bigint;
  readonly counterpartyId: bigint | null;
  readonly amount: bigint;
  readonly currency: string;
  readonly originAmount: bigint | null;
  readonly originCurrency: string | null;
  readonly status: 'new' | 'success' | 'decline';
  readonly reason: string | null;
  readonly walletAmount: bigint | null;
  readonly balanceAfter: bigint | null;
  readonly currencyRate: bigint | null;
  readonly walletRate: bigint | null;
  readonly refundOf: string | null;
  readonly holdId: string | null;
  readonly position: bigint | null;
  readonly hash: Buffer | null;
  readonly correlationId: string;
  readonly createdAt: string;
  readonly processedAt: string | null;
}

export interface WalletRow {
  readonly id: bigint;
  readonly name: string;
  readonly currency: string;
  readonly balance: bigint;
  readonly held: bigint;
  readonly returnable: bigint;
  readonly chainLength: bigint;
  readonly chainHead: Buffer;
}

export interface CurrencyRow {
  readonly name: string;
  readonly rate: bigint;
  readonly allowed: boolean;
}

/** A wallet's state, computed here from its operations one by one. */
export interface WalletState {
  readonly currency: string;
  readonly name: string;
  balance: bigint;
  held: bigint;
  /** Money that left in transfers and may still come back. */
  inTransit: bigint;
  position: bigint;
  head: Buffer;
  processedAt: string;
}

interface HoldState {
  readonly walletId: bigint;
  readonly amount: bigint;
  status: string;
}

/** The database's content at the last check; kept in memory so that a check reads only what is new. */
export interface Journal {
  readonly operations: Map<bigint, Operation>;
  readonly byTransaction: Map<string, Operation[]>;
  readonly pending: Map<bigint, Operation>;
  readonly wallets: Map<bigint, WalletState>;
  readonly holds: Map<string, HoldState>;
  currencies: ReadonlyMap<string, CurrencyRow>;
  lastId: bigint;
}

export const emptyJournal = (): Journal => ({
  operations: new Map(),
  byTransaction: new Map(),
  pending: new Map(),
  wallets: new Map(),
  holds: new Map(),
  currencies: new Map(),
  lastId: 0n,
});

/** The changes since the last check. */
export interface Changes {
  readonly wallets: readonly WalletRow[];
  readonly currencies: ReadonlyMap<string, CurrencyRow>;
  /** New operations, some of them settled already, in id order. */
  readonly inserted: readonly Operation[];
  /** Operations that were pending and are settled, in id order. */
  readonly settled: readonly Operation[];
}

const COLUMNS = `id, transaction_id AS "transactionId", leg, wallet_id AS "walletId",
  counterparty_id AS "counterpartyId", amount, currency, origin_amount AS "originAmount",
  origin_currency AS "originCurrency", status, reason, wallet_amount AS "walletAmount",
  balance_after AS "balanceAfter", currency_rate AS "currencyRate", wallet_rate AS "walletRate",
  refund_of AS "refundOf", hold_id AS "holdId", position, hash, correlation_id AS "correlationId",
  created_at AS "createdAt", processed_at AS "processedAt"`;

/** Reads the changes, while nobody writes. */
export async function readChanges(sql: Sql, { lastId, pending }: Journal): Promise<Changes> {
  const columns = sql.unsafe(COLUMNS);
  const [wallets, currencies, inserted, settled] = await Promise.all([
    sql<WalletRow[]>`
      SELECT id, name, currency, balance, held, returnable, chain_length AS "chainLength", chain_head AS "chainHead"
      FROM wallets ORDER BY id`,
    sql<CurrencyRow[]>`SELECT name, rate, withdrawn_at IS NULL AS allowed FROM currencies`,
    sql<Operation[]>`SELECT ${columns} FROM operations WHERE id > ${lastId} ORDER BY id`,
    sql<Operation[]>`
      SELECT ${columns} FROM operations
      WHERE id = ANY (${array(pending.keys())}::bigint[]) AND status <> 'new' ORDER BY id`,
  ]);
  return { wallets, currencies: new Map(currencies.map((row) => [row.name, row])), inserted, settled };
}

/** Reads every operation, to compare it with its row as last read. */
export async function readAll(sql: Sql): Promise<readonly Operation[]> {
  return await sql<Operation[]>`SELECT ${sql.unsafe(COLUMNS)} FROM operations ORDER BY id`;
}

/** Whether a transaction has ended: its last leg is settled and needs no further leg. */
export function isTerminal(legs: readonly Operation[]): boolean {
  const last = legs.at(-1);
  if (last === undefined || last.status === 'new') return false;
  const isFirstOfTwo = last.leg === 'debit' || last.leg === 'capture';
  if (last.status === 'success') return !isFirstOfTwo;
  return last.leg !== 'credit';
}
