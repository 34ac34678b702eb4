import { inBatches } from '../../lib/aws/in-batches.ts';
import { stringifyJson } from '../../lib/wire/json.ts';
import { type Client, payloadOf } from './client.ts';

/** What moves or reserves money, to request. */
export interface Planned {
  /** The first leg of its transaction. */
  readonly leg: 'receipt' | 'debit' | 'payout' | 'payout_hold' | 'hold';
  readonly walletId: bigint;
  readonly counterpartyId: bigint | null;
  readonly amount: bigint;
  readonly currency: string;
}

/** An accepted one. */
export interface Accepted extends Planned {
  /** The request's Idempotency-Key, and its correlation id. */
  readonly key: string;
}

/** An accepted linked transaction. */
export interface AcceptedLinked {
  /** Receipts and transfers, in the order of their numbers. */
  readonly operations: readonly Planned[];
  /** As {@link Accepted.key}. */
  readonly key: string;
}

/** What the callers got replies for: the journal must have all of it, and nothing else. */
export interface Ledger {
  readonly accepted: Map<string, Accepted>;
  readonly linked: Map<string, AcceptedLinked>;
  /** Keys of the requests that were answered with a 200. */
  readonly keys: Set<string>;
  /** Keys of those that were refused: some refusals are kept, some not. */
  readonly refusedKeys: Set<string>;
  readonly problems: string[];
}

export const emptyLedger = (): Ledger => ({
  accepted: new Map(),
  linked: new Map(),
  keys: new Set(),
  refusedKeys: new Set(),
  problems: [],
});

const RATES = '{"Rates": {"USD": 1.0, "EUR": 1.093809, "RUB": 0.009803, "THB": 0.029758}}';

/** The wallets' currencies, in turn. Operations are also in THB, which no wallet has. */
const WALLET_CURRENCIES = ['USD', 'EUR', 'RUB'];
export const CURRENCIES = [...WALLET_CURRENCIES, 'THB'];

/** An id that no wallet has: a batch entry with it is refused, and the others are accepted. */
const UNKNOWN_WALLET = 9_000_000_000n;

/** Wallets opened concurrently. */
const OPENING_CLIENTS = 4;

/**
 * Sets rates, opens wallets and funds each with `fundsOf(index)` millionths of its currency.
 *
 * @param prefix of the requests' keys
 */
export async function openWallets(
  client: Client,
  ledger: Ledger,
  count: number,
  fundsOf: (index: number) => bigint,
  prefix = 'first',
): Promise<bigint[]> {
  await client.send('/update_currencies', RATES, `${prefix}-rates`);
  ledger.keys.add(`${prefix}-rates`);
  const indexes = Array.from({ length: count }).keys().toArray();
  const ids = await inBatches(indexes, 1, OPENING_CLIENTS, async ([index = 0]) => [
    await openWallet(client, ledger, `${prefix}-wallet-${index}`, currencyOf(index)),
  ]);
  const funds = ids.map((walletId, index): Planned => {
    return {
      leg: 'receipt',
      walletId,
      counterpartyId: null,
      amount: fundsOf(index),
      currency: currencyOf(index),
    };
  });
  await sendMany(client, ledger, funds, undefined, `${prefix}-funds`);
  return ids;
}

const currencyOf = (index: number): string => WALLET_CURRENCIES[index % WALLET_CURRENCIES.length] ?? '';

export async function openWallet(
  client: Client,
  ledger: Ledger,
  key: string,
  Currency: string,
): Promise<bigint> {
  const body = stringifyJson({ Name: key, Country: 'UK', City: 'London', Currency });
  const [answer] = await client.send('/wallet', body, key);
  ledger.keys.add(key);
  return BigInt(payloadOf<{ WalletID: number }>(answer).WalletID);
}

/** Sends one operation in one request, `times` times at once; together they must make one transaction. */
export async function sendOne(
  client: Client,
  ledger: Ledger,
  planned: Planned,
  key: string,
  times = 1,
): Promise<void> {
  const path = planned.leg === 'receipt' ? '/receive_amount' : '/transfer_amount';
  const answers = await client.send(path, stringifyJson(fieldsOf(planned)), key, times);
  const ids = new Set(answers.map((answer) => payloadOf<{ TransactionId: string }>(answer).TransactionId));
  ledger.keys.add(key);
  for (const id of ids) recordAccepted(ledger, id, { ...planned, key });
  if (ids.size > 1) ledger.problems.push(`${key} made ${ids.size} transactions: ${[...ids].join(', ')}`);
}

/**
 * Sends many operations in one request.
 *
 * @param refusedIndex the entry to send with an unknown wallet; undefined for none
 */
export async function sendMany(
  client: Client,
  ledger: Ledger,
  planned: readonly Planned[],
  refusedIndex: number | undefined,
  key: string,
): Promise<void> {
  const Operations = planned.map((entry, index) => {
    return fieldsOf(index === refusedIndex ? { ...entry, walletId: UNKNOWN_WALLET } : entry);
  });
  const [answer] = await client.send('/batch', stringifyJson({ Operations }), key);
  const { Results } = payloadOf<{ Results: { TransactionId?: string; code?: string }[] }>(answer);
  ledger.keys.add(key);
  if (Results.length !== planned.length)
    ledger.problems.push(`${key}: ${Results.length} results for ${planned.length} entries`);
  planned.forEach((entry, index) => {
    const { TransactionId: id, code } = Results[index] ?? {};
    const isRight = index === refusedIndex ? code === 'wallet_not_found' : id !== undefined;
    if (!isRight) ledger.problems.push(`${key}, entry ${index} is answered with ${code ?? id}`);
    else if (id !== undefined) recordAccepted(ledger, id, { ...entry, key });
  });
}

/** A receipt or a transfer as a request has it. */
export function fieldsOf({ leg, walletId, counterpartyId, amount, currency }: Planned): object {
  return leg === 'receipt'
    ? { WalletId: walletId, Amount: amount, Currency: currency }
    : { OriginWalletId: walletId, TargetWalletId: counterpartyId, Amount: amount, Currency: currency };
}

export function recordAccepted(ledger: Ledger, id: string, accepted: Accepted): void {
  const before = ledger.accepted.get(id);
  if (before !== undefined)
    ledger.problems.push(`${accepted.key} and ${before.key} have one transaction: ${id}`);
  ledger.accepted.set(id, accepted);
}
