import type { Fragment } from 'postgres';
import { fitting } from '../details/read.ts';
import type { WalletStatus } from '../ledger/limits.ts';
import { runTx, type Sql, type Statements } from '../postgres/database.ts';
import { ok, type Result, refused } from '../wire/refusal.ts';
import { isFinal, lockNewWallets, readWallets, toView, type WalletsPage } from './wallets.ts';

/** What wallets have to be; what is undefined may be anything. */
export interface WalletFilter {
  readonly owner?: string | undefined;
  readonly reference?: string | undefined;
  /** A name in its metadata, with the value that it has. */
  readonly metadataName?: string | undefined;
  readonly metadataValue?: string | undefined;
  readonly status?: WalletStatus | undefined;
  readonly currency?: string | undefined;
}

/** Wallets that one page looks at, at most: it takes the same time however rare what is wanted is. */
const MAX_SCANNED = 1_000;

interface Candidate {
  readonly id: bigint;
  readonly isWanted: boolean;
  /** Whether all smaller ids are settled: see listWallets. */
  readonly isFinal: boolean;
}

/** Whether a filter asks for anything. */
export const isGiven = (filter: WalletFilter): boolean =>
  Object.values(filter).some((value) => value !== undefined);

/**
 * Finds wallets, by id. A page may have fewer than the limit though more follow, since it looks at {@link MAX_SCANNED} of those that an
 * index finds.
 *
 * @param after only wallets with a larger id
 * @returns the wallets, and the `after` of the next page, or null on the last; a refusal for half of a pair of metadata
 */
export async function searchWallets(
  sql: Sql,
  filter: WalletFilter,
  after: bigint,
  limit: number,
): Promise<Result<WalletsPage>> {
  if ((filter.metadataName === undefined) !== (filter.metadataValue === undefined))
    return refused('invalid_field', 'metadataName and metadataValue go together: give both, or none');
  const first = await readCandidates(sql, filter, after);
  const candidates =
    first.at(-1)?.isFinal === false
      ? await runTx(sql, async (tx) => {
          await lockNewWallets(tx);
          return await readCandidates(tx, filter, after);
        })
      : first;
  const ids = candidates.filter(({ isWanted }) => isWanted).map(({ id }) => id);
  const found = await readWallets(sql, ids.slice(0, limit));
  const page = found.slice(0, fitting(found));
  const end = candidates.length === MAX_SCANNED ? (candidates.at(-1)?.id ?? null) : null;
  const Next = page.length < ids.length ? (page.at(-1)?.id ?? null) : end;
  return ok({ Wallets: page.map(toView), Next });
}

async function readCandidates(sql: Statements, filter: WalletFilter, after: bigint): Promise<Candidate[]> {
  return await sql<Candidate[]>`
    SELECT wallets.id, ${conditionOf(sql, filter)} AS "isWanted", ${isFinal(sql)} AS "isFinal"
    FROM (${indexOf(sql, filter, after)}) AS candidate CROSS JOIN LATERAL (
      SELECT * FROM wallets WHERE wallets.id = candidate.id LIMIT 1
    ) AS wallets ORDER BY wallets.id`;
}

/** The next wallets by the index that a filter has; by id if it has none. */
function indexOf(sql: Statements, filter: WalletFilter, after: bigint): Fragment {
  const { owner, reference, metadataName, metadataValue = '' } = filter;
  if (reference !== undefined)
    return sql`
      SELECT wallet_id AS id FROM wallet_details
      WHERE reference = ${reference} AND wallet_id > ${after} ORDER BY wallet_id LIMIT ${MAX_SCANNED}`;
  if (metadataName !== undefined)
    return sql`
      SELECT wallet_id AS id FROM wallet_metadata
      WHERE pair = metadata_pair(${metadataName}, ${metadataValue}) AND wallet_id > ${after}
      ORDER BY pair, wallet_id LIMIT ${MAX_SCANNED}`;
  if (owner !== undefined)
    return sql`
      SELECT wallet_id AS id FROM wallet_details
      WHERE owner_id = ${owner} AND wallet_id > ${after} ORDER BY owner_id, wallet_id LIMIT ${MAX_SCANNED}`;
  return sql`SELECT id FROM wallets WHERE id > ${after} ORDER BY id LIMIT ${MAX_SCANNED}`;
}

function conditionOf(sql: Statements, filter: WalletFilter): Fragment {
  const { owner = null, reference = null, metadataName = null, metadataValue = null } = filter;
  const { currency = null, status = null } = filter;
  return sql`(
    coalesce(currency = ${currency}::text, true)
    AND coalesce(CASE WHEN closed_at IS NOT NULL THEN 'closed' WHEN frozen_in OR frozen_out THEN 'frozen' ELSE 'active' END
      = ${status}::text, true)
    AND (coalesce(${owner}::text, ${reference}::text, ${metadataName}::text) IS NULL OR coalesce((
      SELECT coalesce(owner_id = ${owner}::text, ${owner}::text IS NULL)
        AND coalesce(reference = ${reference}::text, ${reference}::text IS NULL)
        AND coalesce(metadata ->> ${metadataName}::text = ${metadataValue}::text, ${metadataName}::text IS NULL)
      FROM wallet_details AS details WHERE details.wallet_id = wallets.id
    ), false)))`;
}
