import type { Fragment } from 'postgres';
import { detailParts } from '../details/record.ts';
import { known } from '../ledger/known.ts';
import { storedCorrelation } from '../postgres/correlation.ts';
import type { Statements } from '../postgres/database.ts';
import { type Claim, claimOf, TAKEN } from '../postgres/idempotency.ts';
import { numberedRows } from '../postgres/rows.ts';
import type { Details } from '../wire/details.ts';
import { currencyNotAllowed, noWallet, ok, type Result, referenceTaken } from '../wire/refusal.ts';
import { type Accepted, type Identity, type Recording, recorded, transactionPayload } from './accepted.ts';
import { type Receipt, sameWallet, type Transfer, walletsOf } from './transfer.ts';

/**
 * The most transfers of a linked transaction: all of its wallets are locked at once, its 200 legs have their ids in one block of
 * the sequence, and its event has to fit on the bus.
 */
export const MAX_TRANSFERS = 100;

/** Transfers and receipts that all succeed, or none of them does. */
export interface Linked extends Details {
  /** 1 to {@link MAX_TRANSFERS}, or the refusal of one. */
  readonly transfers: readonly Result<Receipt | Transfer>[];
  /** What a refusal calls one of them. */
  readonly noun: 'transfer' | 'operation';
}

/** What the statement that records a linked transaction answers. */
export interface LinkedRow {
  /** The id of the first leg; null if nothing was recorded. */
  readonly operationId: bigint | null;
  /** The group of the first leg's wallet; null if that is unknown. */
  readonly group: number | null;
  /** The transaction that has the reference already. */
  readonly firstId?: string | null;
  /** The first transfer that is refused; null if none is. */
  readonly number: number | null;
  readonly hasWallet: boolean | null;
  readonly hasTarget: boolean | null;
}

/** The transfers, or the first refusal of one that needs no look at the database. */
export function readTransfers({ transfers, noun }: Linked): Result<readonly (Receipt | Transfer)[]> {
  const read: (Receipt | Transfer)[] = [];
  for (const [index, transfer] of transfers.entries()) {
    if (!transfer.ok) return refusedAt(transfer, noun, index + 1);
    const { walletId, targetId } = walletsOf(transfer.value);
    if (walletId === targetId) return refusedAt(sameWallet(), noun, index + 1);
    read.push(transfer.value);
  }
  return ok(read);
}

/** A refusal that says which transfer it is about. @param number from 1 on */
function refusedAt<T>(result: Result<T>, noun: Linked['noun'], number: number): Result<never> {
  if (result.ok) throw new Error('nothing is refused');
  const { refusal } = result;
  return { ok: false, refusal: { ...refusal, error: `${noun} ${number}: ${refusal.error}` } };
}

/** How many legs transfers have: two each, and a receipt one. */
const legsOf = (transfers: readonly (Receipt | Transfer)[]): number =>
  transfers.reduce((sum, transfer) => sum + (walletsOf(transfer).targetId === null ? 1 : 2), 0);

/** The transfers as rows of a statement, by the name `given`. */
const givenTransfers = (sql: Statements, transfers: readonly (Receipt | Transfer)[]): Fragment =>
  numberedRows(sql, 'given', transfers, {
    wallet_id: ['bigint', (transfer) => walletsOf(transfer).walletId],
    target_id: ['bigint', (transfer) => walletsOf(transfer).targetId],
    amount: ['bigint', ({ Amount }) => Amount],
    currency: ['text', ({ Currency }) => Currency],
  });

/**
 * Records a linked transaction: all of its legs as pending operations, with ids that follow each other, together with the
 * idempotency key.
 *
 * @returns a refusal of the first transfer that can't be recorded, or if the reference was given before; nothing is recorded then
 */
export async function acceptLinked(
  sql: Statements,
  linked: Linked,
  identity: Identity,
  claim?: Claim,
): Promise<Recording<Accepted>> {
  const transfers = readTransfers(linked);
  if (!transfers.ok) return transfers;
  const { first, isFree, kept, column, value, answer } = detailParts(sql, linked, identity);
  const [row] = await sql<LinkedRow[]>`
    WITH ${first}found AS MATERIALIZED (
      SELECT given.*, (SELECT wallet_group FROM wallets WHERE id = wallet_id) AS wallet_group,
        (SELECT wallet_group FROM wallets WHERE id = target_id) AS target_group,
        (SELECT true FROM currencies WHERE name = given.currency AND withdrawn_at IS NULL) IS NOT NULL AS is_allowed
      FROM ${givenTransfers(sql, transfers.value)}
    ), wrong AS MATERIALIZED (
      SELECT number, wallet_group IS NOT NULL AS has_wallet, target_id IS NULL OR target_group IS NOT NULL AS has_target
      FROM found
      WHERE wallet_group IS NULL OR target_id IS NOT NULL AND target_group IS NULL OR NOT is_allowed
      ORDER BY number LIMIT 1
    ), eligible AS (
      SELECT true AS is_eligible WHERE NOT EXISTS (SELECT FROM wrong) ${isFree}
    ), claimed AS (
      ${claimOf(sql, claim, sql`eligible`, transactionPayload(identity))}
    )${kept(sql`eligible, claimed`)}, base AS MATERIALIZED (
      SELECT nextval('operation_ids') AS id FROM eligible, claimed
    ), operation AS (
      INSERT INTO pending_operations (id, wallet_id, wallet_group, transaction_id, leg, counterparty_id, amount, currency,
        correlation_id, number, linked_legs${column})
      SELECT base.id + 2 * (number - 1) + part, made.wallet_id, made.wallet_group, ${identity.transactionId}::uuid, leg::operation_leg,
        counterparty_id, amount, currency,
        ${storedCorrelation(sql, identity.correlationId, sql`${identity.transactionId}::uuid`)}, number, ${legsOf(transfers.value)}::smallint${value}
      FROM base, found CROSS JOIN LATERAL (VALUES
        (0, found.wallet_id, found.wallet_group, target_id,
          CASE WHEN target_id IS NULL THEN 'linked_receipt' ELSE 'linked_debit' END),
        (1, target_id, target_group, found.wallet_id, 'linked_credit')
      ) AS made(part, wallet_id, wallet_group, counterparty_id, leg)
      WHERE made.wallet_id IS NOT NULL
    )
    SELECT (SELECT id FROM base) AS "operationId", (SELECT wallet_group FROM found WHERE number = 1) AS group,
      wrong.number::integer AS number, has_wallet AS "hasWallet", has_target AS "hasTarget"${answer}
    FROM (SELECT true) AS answer LEFT JOIN wrong ON true`;
  return resultOf(linked, transfers.value, known(row, 'result of a linked transaction'), identity);
}

/** What became of a linked transaction: accepted, or why not. */
export function resultOf(
  { noun }: Linked,
  transfers: readonly (Receipt | Transfer)[],
  { number, hasWallet, hasTarget, firstId, operationId, group }: LinkedRow,
  identity: Pick<Identity, 'transactionId' | 'correlationId'>,
): Recording<Accepted> {
  if (number !== null) {
    const transfer = known(transfers[number - 1], `transfer ${number}`);
    const { walletId, targetId } = walletsOf(transfer);
    if (!hasWallet) return refusedAt(noWallet(walletId), noun, number);
    if (!hasTarget) return refusedAt(noWallet(known(targetId, 'target')), noun, number);
    return refusedAt(currencyNotAllowed(transfer.Currency), noun, number);
  }
  if (firstId) return referenceTaken({ FirstTransactionId: firstId });
  if (operationId === null) return TAKEN;
  const { walletId } = walletsOf(known(transfers[0], 'transfer'));
  return ok(recorded(walletId, known(group, `group of wallet ${walletId}`), operationId, identity));
}
