import { stringifyJson } from '../../lib/wire/json.ts';
import { type Client, payloadOf } from './client.ts';
import type { Random } from './random.ts';
import { type AcceptedLinked, fieldsOf, type Ledger, type Planned } from './requests.ts';

/** Operations of a linked transaction: enough that several of them meet at wallets in several orders. */
const FEWEST = 2;
const MOST = 5;

/** The share of linked transactions without a receipt that are sent as an atomic batch, as all others are. */
const AS_BATCH = 0.3;

/** The share of linked transactions that are sent twice at once, with one key. */
const TWICE = 0.1;

/** Plans the operations of a linked transaction. @param one plans one of them: a receipt, or a transfer between any wallets */
export const planLinked = (random: Random, one: () => Planned): Planned[] =>
  Array.from({ length: FEWEST + random.integer(MOST - FEWEST + 1) }, one);

/** Whether a linked transaction is sent as an atomic batch: one with a receipt can't be sent otherwise. */
export const isSentAsBatch = (random: Random, operations: readonly Planned[]): boolean =>
  operations.some(({ leg }) => leg === 'receipt') || random.chance(AS_BATCH);

/**
 * Sends operations of which all succeed or none does, sometimes twice at once; together they must make one transaction.
 *
 * @returns its id
 */
export async function sendLinked(
  { client, ledger, random }: { readonly client: Client; readonly ledger: Ledger; readonly random: Random },
  operations: readonly Planned[],
  key: string,
): Promise<string> {
  const entries = operations.map(fieldsOf);
  const times = random.chance(TWICE) ? 2 : 1;
  const answers = isSentAsBatch(random, operations)
    ? await client.send('/batch', stringifyJson({ Operations: entries, Atomic: true }), key, times)
    : await client.send('/transaction', stringifyJson({ Transfers: entries }), key, times);
  const ids = answers.map((answer) => payloadOf<{ TransactionId: string }>(answer).TransactionId);
  ledger.keys.add(key);
  const [id = '', ...others] = new Set(ids);
  if (others.length > 0)
    ledger.problems.push(`${key} made ${others.length + 1} transactions: ${ids.join(', ')}`);
  recordLinked(ledger, id, { operations, key });
  return id;
}

export function recordLinked(ledger: Ledger, id: string, accepted: AcceptedLinked): void {
  const before = ledger.linked.get(id) ?? ledger.accepted.get(id);
  if (before !== undefined)
    ledger.problems.push(`${accepted.key} and ${before.key} have one transaction: ${id}`);
  ledger.linked.set(id, accepted);
}
