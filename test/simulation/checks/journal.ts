import { array, type Sql } from '../../../lib/postgres/database.ts';
import type { SeenAlert } from './check-alerts.ts';
import type { Given } from './check-details.ts';
import { type RuleRows, type RuleState, readRules } from './rule-rows.ts';

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
  /** What was left, if it was declined for a limit or for lack of money. */
  readonly available: bigint | null;
  readonly refundOf: string | null;
  readonly holdId: string | null;
  readonly position: bigint | null;
  readonly hash: Buffer | null;
  readonly correlationId: string;
  readonly hasDetails: boolean;
  /** The number of its transfer in a linked transaction; 0 if it is not linked. */
  readonly number: number;
  readonly linkedLegs: number | null;
  readonly createdAt: string;
  readonly processedAt: string | null;
  /** Of the wallet's operations up to this settled one, those that are about holds alone. */
  readonly unlisted: bigint | null;
  /** The PostgreSQL transaction that wrote a settled row: of the row's version, so any change of it shows. */
  readonly writtenBy: string | null;
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
  readonly unlisted: bigint;
  readonly bookedAt: string | null;
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
  unlisted: bigint;
  processedAt: string;
  readonly rules: RuleState;
  /** The PostgreSQL transaction that wrote the last settled row. */
  writtenBy: string;
}

/** A hold, computed here from its operations one by one. */
export interface HoldState {
  readonly walletId: bigint;
  readonly amount: bigint;
  readonly currency: string;
  readonly status: string;
  /** What was reserved in the wallet's currency, at these rates. */
  readonly placed: bigint;
  readonly currencyRate: bigint;
  readonly walletRate: bigint;
  readonly captured: bigint;
  /** What captures took in the wallet's currency. */
  readonly taken: bigint;
}

/** The database's content at the last check; kept in memory so that a check reads only what is new. */
export interface Journal {
  readonly operations: Map<bigint, Operation>;
  readonly byTransaction: Map<string, Operation[]>;
  readonly pending: Map<bigint, Operation>;
  readonly wallets: Map<bigint, WalletState>;
  readonly holds: Map<string, HoldState>;
  /** Every alert that a check saw. */
  readonly alerts: Map<string, SeenAlert>;
  /** By how much captures may exceed their holds, if by anything. */
  overCaptures: ReadonlyMap<string, bigint>;
  currencies: ReadonlyMap<string, CurrencyRow>;
  /** The holds that are over: active beyond their time, with no capture or release pending. */
  over: ReadonlySet<string>;
  /** What transactions were given, by transaction. */
  readonly details: Map<string, Given>;
  readonly references: {
    /** The transaction that has a reference, by owner and reference. */
    readonly first: Map<string, string>;
    /** The number of the last row that was read. */
    last: bigint;
  };
}

export const emptyJournal = (): Journal => ({
  operations: new Map(),
  byTransaction: new Map(),
  pending: new Map(),
  wallets: new Map(),
  holds: new Map(),
  alerts: new Map(),
  overCaptures: new Map(),
  currencies: new Map(),
  over: new Set(),
  details: new Map(),
  references: { first: new Map(), last: 0n },
});

/** The changes since the last check. */
export interface Changes {
  readonly wallets: readonly WalletRow[];
  readonly currencies: ReadonlyMap<string, CurrencyRow>;
  /** New operations, some of them settled already, in id order. */
  readonly inserted: readonly Operation[];
  /** Operations that were pending and are settled, in id order. */
  readonly settled: readonly Operation[];
  /** The ids of all operations that are pending now. */
  readonly pending: ReadonlySet<bigint>;
  readonly over: ReadonlySet<string>;
  readonly overCaptures: ReadonlyMap<string, bigint>;
  readonly rules: RuleRows;
}

const COMMON = `id, transaction_id AS "transactionId", leg, wallet_id AS "walletId",
  counterparty_id AS "counterpartyId", amount, currency, origin_amount AS "originAmount",
  origin_currency AS "originCurrency", refund_of AS "refundOf", hold_id AS "holdId",
  correlation_of(correlation_id, transaction_id) AS "correlationId", created_at AS "createdAt", reason,
  has_details AS "hasDetails", number, linked_legs AS "linkedLegs"`;

const PENDING = `${COMMON}, 'new' AS status, NULL::bigint AS "walletAmount", NULL::bigint AS "balanceAfter",
  NULL::numeric AS "currencyRate", NULL::numeric AS "walletRate", NULL::bigint AS available, NULL::bigint AS position,
  NULL::bytea AS hash,
  NULL::timestamptz AS "processedAt", NULL::bigint AS unlisted, NULL AS "writtenBy"`;

const SETTLED = `${COMMON}, status, wallet_amount AS "walletAmount", balance_after AS "balanceAfter",
  currency_rate AS "currencyRate", wallet_rate AS "walletRate", available, position, hash, processed_at AS "processedAt", unlisted,
  written_by AS "writtenBy"`;

/** Reads the changes, while nobody writes. */
export async function readChanges(sql: Sql, journal: Journal): Promise<Changes> {
  const known = [...journal.wallets];
  const [rules, wallets, currencies, pending, booked, over, beyond] = await Promise.all([
    readRules(sql),
    sql<WalletRow[]>`
      SELECT id, name, currency, balance, held, returnable, chain_length AS "chainLength", chain_head AS "chainHead",
        unlisted, booked_at AS "bookedAt"
      FROM wallets ORDER BY id`,
    sql<CurrencyRow[]>`SELECT name, rate, withdrawn_at IS NULL AS allowed FROM currencies`,
    sql<Operation[]>`SELECT ${sql.unsafe(PENDING)} FROM pending_operations ORDER BY id`,
    sql<Operation[]>`
      WITH known AS (
        SELECT * FROM unnest(${array(known.map(([id]) => id))}::bigint[],
          ${array(known.map(([, { position }]) => position))}::bigint[]) AS known(wallet_id, position)
      )
      SELECT ${sql.unsafe(SETTLED)} FROM (
        SELECT booked.* FROM wallets LEFT JOIN known ON known.wallet_id = wallets.id CROSS JOIN LATERAL (
          SELECT xmin::text AS written_by, * FROM operations
          WHERE wallet_id = wallets.id AND position > coalesce(known.position, 0)
        ) AS booked
      ) AS operations`,
    sql<{ id: string }[]>`
      SELECT id FROM holds WHERE status = 'active' AND expires_at <= now() AND NOT EXISTS (
        SELECT FROM pending_operations WHERE wallet_id = holds.wallet_id AND hold_id = holds.id)`,
    sql<
      { id: string; amount: bigint }[]
    >`SELECT id, over_capture AS amount FROM holds WHERE over_capture > 0`,
  ]);
  const isKnown = ({ id }: Operation) => journal.operations.has(id);
  const byId = (rows: Operation[]) => rows.sort((a, b) => Number(a.id - b.id));
  return {
    rules,
    wallets,
    currencies: new Map(currencies.map((row) => [row.name, row])),
    inserted: byId([...pending, ...booked].filter((row) => !isKnown(row))),
    settled: byId(booked.filter(isKnown)),
    pending: new Set(pending.map(({ id }) => id)),
    over: new Set(over.map(({ id }) => id)),
    overCaptures: new Map(beyond.map(({ id, amount }) => [id, amount])),
  };
}

/** Reads every operation, to compare it with its row as last read. */
export async function readAll(sql: Sql): Promise<readonly Operation[]> {
  return await sql<Operation[]>`
    SELECT ${sql.unsafe(PENDING)} FROM pending_operations
    UNION ALL SELECT ${sql.unsafe(SETTLED)} FROM (SELECT xmin::text AS written_by, * FROM operations) AS operations`;
}

/** What a caller is told of a transaction with these legs. */
export function statusOf(legs: readonly Operation[]): string | undefined {
  const last = legs.at(-1);
  const isBack = last?.leg === 'return' || last?.leg === 'payout_cancel';
  if (isTerminal(legs)) return isBack ? 'decline' : last?.status;
  return (legs.length === 1 && !isWaiting(legs)) || last?.linkedLegs ? 'new' : 'processing';
}

/** Whether an operation is a leg of a linked transaction. */
export const isLinked = ({ linkedLegs }: Operation): boolean => linkedLegs !== null;

/** Whether a payout is held, and nobody confirmed or cancelled it yet: it may stay so. */
export const isWaiting = ([first, second]: readonly Operation[]): boolean =>
  first?.leg === 'payout_hold' && first.status === 'success' && second === undefined;

/** Whether a transaction has ended: its last leg is settled and needs no further leg. */
export function isTerminal(legs: readonly Operation[]): boolean {
  const last = legs.at(-1);
  if (last === undefined || last.status === 'new') return false;
  if (last.linkedLegs !== null)
    return legs.length === last.linkedLegs && legs.every(({ status }) => status !== 'new');
  const isFirstOfTwo = ['debit', 'capture', 'part_capture', 'payout_hold'].includes(last.leg);
  if (last.status === 'success') return !isFirstOfTwo;
  return last.leg !== 'credit';
}
