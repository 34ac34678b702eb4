import { hasDetails, metadataText, turn } from '../details/record.ts';
import { array, type Tx } from '../postgres/database.ts';
import { numberedRows } from '../postgres/rows.ts';
import type { Details } from '../wire/details.ts';
import { type Receipt, type Transfer, walletsOf } from './transfer.ts';

/** The groups of the transfers' wallets, by wallet, as far as those exist. */
export async function readGroups(
  tx: Tx,
  transfers: readonly (Receipt | Transfer)[],
): Promise<Map<bigint, number>> {
  const ids = transfers.flatMap((transfer) => {
    const { walletId, targetId } = walletsOf(transfer);
    return targetId === null ? [walletId] : [walletId, targetId];
  });
  const wallets = await tx<{ id: bigint; group: number }[]>`
    SELECT id, wallet_group AS group FROM wallets WHERE id = ANY (${array(new Set(ids))}::bigint[])`;
  return new Map(wallets.map(({ id, group }) => [id, group]));
}

/** Those of the transfers' currencies that are allowed. */
export async function readCurrencies(
  tx: Tx,
  transfers: readonly (Receipt | Transfer)[],
): Promise<Set<string>> {
  const names = new Set(transfers.map(({ Currency }) => Currency));
  const allowed = await tx<{ name: string }[]>`
    SELECT name FROM currencies WHERE name = ANY (${array(names)}::text[]) AND withdrawn_at IS NULL`;
  return new Set(allowed.map(({ name }) => name));
}

/** The transactions that have references already, by reference. */
export async function readFirsts(
  tx: Tx,
  references: readonly string[],
  owner: string,
): Promise<Map<string, string>> {
  if (references.length === 0) return new Map();
  const firsts = await tx<{ id: string; reference: string }[]>`
    SELECT transaction_id AS id, reference FROM transaction_details
    WHERE reference = ANY (${array(new Set(references))}::text[]) AND owner = ${owner}`;
  return new Map(firsts.map(({ id, reference }) => [reference, id]));
}

/** Keeps what was given of details. In the order of references: so two batches never wait for each other. */
export async function keepDetails(
  tx: Tx,
  entries: readonly { readonly transactionId: string; readonly transfer: Details }[],
  owner: string,
): Promise<void> {
  const noted = entries.filter(({ transfer }) => hasDetails(transfer));
  if (noted.length === 0) return;
  const given = numberedRows(tx, 'given', noted, {
    transaction_id: ['uuid', ({ transactionId }) => transactionId],
    reference: ['text', ({ transfer }) => transfer.Reference ?? null],
    description: ['text', ({ transfer }) => transfer.Description ?? null],
    metadata: ['text', ({ transfer }) => metadataText(transfer)],
  });
  await tx`
    INSERT INTO transaction_details (transaction_id, owner, reference, description, metadata)
    SELECT transaction_id, ${owner}, reference, description, metadata::json
    FROM (SELECT ${turn(tx)} OFFSET 0) AS ready, ${given} ORDER BY reference`;
}
