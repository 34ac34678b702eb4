import type { Fragment } from 'postgres';
import { LAYOUT } from '../ledger/hash-chain.ts';
import { correlationOf } from '../postgres/correlation.ts';
import type { Statements, Tx } from '../postgres/database.ts';

/** What one look over the chains of a range of wallets tells. */
export interface Looked {
  readonly operations: number;
  readonly wallets: number;
  /** Wallets whose chains are not what the hashes say, by id. All others are whole. */
  readonly suspects: readonly string[];
}

/**
 * Recomputes the hashes of a range of wallets inside the database, where the rows are: several times as fast as reading
 * them. It reads the journal by its key, whose order is that of the chains, so that nothing is sorted.
 *
 * @param after the wallets with ids above this one
 * @param upTo the last id of the range
 */
export async function findSuspects(tx: Tx, after: bigint, upTo: bigint): Promise<Looked> {
  const [row] = await tx<Looked[]>`
    WITH link AS (
      SELECT wallet_id,
        position = lag(position, 1, 0::bigint) OVER chain + 1
          AND hash = sha256(lag(hash, 1, ''::bytea) OVER chain || convert_to(${content(tx)}, 'UTF8')) AS follows
      FROM operations WHERE wallet_id > ${after} AND wallet_id <= ${upTo}
      WINDOW chain AS (PARTITION BY wallet_id ORDER BY position)
    ), read AS (
      SELECT wallet_id, count(*) AS length, bool_and(follows) AS follows FROM link GROUP BY wallet_id
    )
    SELECT coalesce(sum(length), 0)::float8 AS operations, count(id)::float8 AS wallets,
      coalesce(json_agg(coalesce(id, wallet_id)::text ORDER BY coalesce(id, wallet_id)) FILTER (WHERE
        id IS NULL OR chain_length <> coalesce(length, 0) OR chain_head <> coalesce(head, '') OR NOT coalesce(follows, true)
      ), '[]') AS suspects
    FROM read FULL JOIN (SELECT id, chain_length, chain_head FROM wallets WHERE id > ${after} AND id <= ${upTo}) AS wallet
      ON wallet.id = wallet_id
      LEFT JOIN LATERAL (
        SELECT hash AS head FROM operations WHERE operations.wallet_id = wallet.id AND position = chain_length LIMIT 1
      ) AS ending ON true`;
  if (row === undefined) throw new Error('the database counts nothing');
  return row;
}

/** The text that {@link chainHash} makes of an operation, in SQL. */
function content(sql: Statements): Fragment {
  return sql`concat(
    '["', ${LAYOUT}::text, '","', wallet_id, '","', position, '","', id, '","', transaction_id, '","', leg, '",',
    coalesce('"' || counterparty_id || '"', 'null'), ',"', amount, '","', currency, '",',
    coalesce('"' || origin_amount || '"', 'null'), ',', coalesce('"' || origin_currency || '"', 'null'), ',',
    coalesce('"' || refund_of || '"', 'null'), ',', coalesce('"' || hold_id || '"', 'null'), ',',
    to_json(${correlationOf(sql)}), ',"', replace(left(created_at::text, -3), ' ', 'T'), 'Z","', status, '",',
    coalesce('"' || reason || '"', 'null'), ',', coalesce('"' || wallet_amount || '"', 'null'), ',',
    coalesce('"' || balance_after || '"', 'null'), ',', coalesce('"' || currency_rate || '"', 'null'), ',',
    coalesce('"' || wallet_rate || '"', 'null'), ',', coalesce('"' || available || '"', 'null'), ',"', replace(left(processed_at::text, -3), ' ', 'T'), 'Z"',
    ',"' || number || '","' || linked_legs || '"', ']')`;
}
