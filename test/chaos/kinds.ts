import { setTimeout as sleep } from 'node:timers/promises';
import { stringifyJson } from '../../lib/wire/json.ts';
import { type Answer, type Client, payloadOf } from './client.ts';
import { planLinked, sendLinked } from './linked.ts';
import type { Random } from './random.ts';
import { CURRENCIES, type Ledger, type Planned, recordAccepted } from './requests.ts';

/** References to give: so few that they meet. */
const REFERENCES = 500;

/** Captures of one hold, at most: one more than fit into it. */
const MOST_CAPTURES = 4;

/** How often a payout is answered, and the pause between: it may not be held yet, or be declined. */
const MOST_ANSWERS = 10;
const ANSWER_PAUSE_MS = 200;

/** The share of receipts among what is linked. */
const LINKED_RECEIPTS = 0.1;

/** The share of receipts that have a reference. */
const REFERENCED = 0.5;

/** Transactions to refund that are kept in mind. */
const REMEMBERED = 1_000;

/** Refusals that this load may get: they tell of what somebody else did meanwhile. */
const EXPECTED_CODES = new Set([
  'reference_taken',
  'credit_in_use',
  'hold_not_active',
  'payout_not_pending',
  'refund_exceeds_transaction',
  'not_refundable',
]);

/** What a request of this load may be answered. */
export const isExpected = (answer: string): boolean =>
  answer === '200' || EXPECTED_CODES.has(answer.split(' ')[1] ?? '');

/** What the load knows, and counts. */
export interface Kinds {
  readonly client: Client;
  readonly ledger: Ledger;
  readonly random: Random;
  readonly wallets: readonly bigint[];
  /** The transaction that has each reference. */
  readonly references: Map<string, string>;
  /** Receipts and transfers to refund. */
  readonly refundable: string[];
  /** Linked transactions to refund. */
  readonly linked: string[];
  /** Requests by kind. */
  readonly sent: Map<string, number>;
}

export const newKinds = (known: Pick<Kinds, 'client' | 'ledger' | 'random' | 'wallets'>): Kinds => ({
  ...known,
  references: new Map(),
  refundable: [],
  linked: [],
  sent: new Map(),
});

/** Sends one request of a random kind, and those that belong to it. */
export async function actAtRandom(kinds: Kinds, key: string): Promise<void> {
  const { random, sent } = kinds;
  const [name, act] = random.pick(ACTS);
  sent.set(name, (sent.get(name) ?? 0) + 1);
  await act(kinds, key);
}

const ACTS: readonly (readonly [string, (kinds: Kinds, key: string) => Promise<void>])[] = [
  ['transfers', transfer],
  ['linked transactions', link],
  ['receipts', receipt],
  ['payouts', payout],
  ['payouts that are confirmed or cancelled', heldPayout],
  ['holds in parts', hold],
  ['refunds', refund],
  ['refunds of linked transactions', refundLinked],
  ['dry runs', tryOut],
  ['states', freeze],
  ['limits', limit],
];

/** Sends a request, and notes its key. */
async function send({ client, ledger }: Kinds, path: string, body: object, key: string): Promise<Answer> {
  const [answer] = await client.send(path, stringifyJson(body), key);
  if (answer === undefined) throw new Error(`no answer to ${key}`);
  (answer.status === 200 ? ledger.keys : ledger.refusedKeys).add(key);
  return answer;
}

/** A random amount of what a wallet may do. */
function plan({ random, wallets }: Kinds, leg: Planned['leg']): Planned {
  const walletId = random.pick(wallets);
  const target = random.pick(wallets.filter((id) => id !== walletId));
  const amount = BigInt(1 + random.integer(5_000_000));
  return {
    leg,
    walletId,
    counterpartyId: leg === 'debit' ? target : null,
    amount,
    currency: random.pick(CURRENCIES),
  };
}

/** Sends what makes a transaction, and notes it. */
async function accept(
  kinds: Kinds,
  path: string,
  planned: Planned,
  key: string,
  more: object = {},
): Promise<string | undefined> {
  const { walletId, counterpartyId, amount, currency } = planned;
  const wallet =
    counterpartyId === null
      ? { WalletId: walletId }
      : { OriginWalletId: walletId, TargetWalletId: counterpartyId };
  const answer = await send(kinds, path, { ...wallet, Amount: amount, Currency: currency, ...more }, key);
  if (answer.status !== 200) return undefined;
  const { TransactionId, HoldId } = payloadOf<{ TransactionId?: string; HoldId?: string }>(answer);
  const id = TransactionId ?? HoldId;
  if (id === undefined) throw new Error(`no id in the answer to ${key}`);
  recordAccepted(kinds.ledger, id, { ...planned, key });
  return id;
}

async function transfer(kinds: Kinds, key: string): Promise<void> {
  remember(
    kinds.refundable,
    kinds.random,
    await accept(kinds, '/transfer_amount', plan(kinds, 'debit'), key),
  );
}

/** Transfers among any wallets, in any order: so two of them often have wallets in common, and what one brings, the next may move on. */
async function link(kinds: Kinds, key: string): Promise<void> {
  const { random } = kinds;
  const operations = planLinked(random, () =>
    plan(kinds, random.chance(LINKED_RECEIPTS) ? 'receipt' : 'debit'),
  );
  remember(kinds.linked, random, await sendLinked(kinds, operations, key));
}

async function receipt(kinds: Kinds, key: string): Promise<void> {
  const { random, references, ledger } = kinds;
  const Reference = random.chance(REFERENCED) ? `order-${random.integer(REFERENCES)}` : undefined;
  const Metadata = { order: key };
  const more = Reference === undefined ? {} : { Reference, Metadata };
  const id = await accept(kinds, '/receive_amount', plan(kinds, 'receipt'), key, more);
  remember(kinds.refundable, random, id);
  if (Reference === undefined || id === undefined) return;
  const first = references.get(Reference);
  if (first !== undefined) ledger.problems.push(`${Reference} belongs to ${first} and ${id}`);
  references.set(Reference, id);
}

async function payout(kinds: Kinds, key: string): Promise<void> {
  await accept(kinds, '/send_amount', plan(kinds, 'payout'), key);
}

async function heldPayout(kinds: Kinds, key: string): Promise<void> {
  const id = await accept(kinds, '/send_amount', plan(kinds, 'payout_hold'), key, { Confirm: true });
  if (id === undefined) return;
  // Both at once, sometimes: one of them counts.
  const answers = kinds.random.pick([['confirm'], ['cancel'], ['confirm', 'cancel']]);
  for (let attempt = 1; attempt <= MOST_ANSWERS; attempt++) {
    const given = await Promise.all(
      answers.map((word) => send(kinds, `/send_amount/${id}/${word}`, {}, `${key}-${word}-${attempt}`)),
    );
    if (given.some(({ status }) => status === 200)) return;
    await sleep(ANSWER_PAUSE_MS);
  }
}

async function hold(kinds: Kinds, key: string): Promise<void> {
  const { random, wallets } = kinds;
  const planned = plan(kinds, 'hold');
  const OverCapture = planned.amount / 10n;
  const id = await accept(kinds, '/hold', planned, key, { OverCapture });
  if (id === undefined) return;
  const part = planned.amount / 3n + 1n;
  const captures = Array.from({ length: random.integer(MOST_CAPTURES + 1) }, (_, index) =>
    send(
      kinds,
      `/hold/${id}/capture`,
      {
        TargetWalletId: random.pick(wallets.filter((wallet) => wallet !== planned.walletId)),
        Amount: part,
        Final: false,
      },
      `${key}-capture-${index}`,
    ),
  );
  await Promise.all(captures);
  if (random.chance(0.5))
    await send(kinds, `/hold/${id}/extend`, { ExpiresInSeconds: 3_600 }, `${key}-extend`);
  await send(kinds, `/hold/${id}/release`, {}, `${key}-release`);
}

async function refund(kinds: Kinds, key: string): Promise<void> {
  await refundOneOf(kinds, kinds.refundable, key);
}

async function refundLinked(kinds: Kinds, key: string): Promise<void> {
  await refundOneOf(kinds, kinds.linked, key);
}

async function refundOneOf(kinds: Kinds, ids: readonly string[], key: string): Promise<void> {
  if (ids.length === 0) return;
  await send(kinds, '/refund', { TransactionId: kinds.random.pick(ids) }, key);
}

/** Must change nothing, not even keep its key: what it did would be in the journal without a request. */
async function tryOut(kinds: Kinds, key: string): Promise<void> {
  const { walletId, amount, currency } = plan(kinds, 'payout');
  const body = { WalletId: walletId, Amount: amount, Currency: currency, DryRun: true };
  const [answer] = await kinds.client.send(
    kinds.random.pick(['/send_amount', '/receive_amount', '/hold']),
    stringifyJson(body),
    key,
  );
  if (answer?.status !== 200) kinds.ledger.problems.push(`${key} is answered with ${answer?.status}`);
}

async function freeze(kinds: Kinds, key: string): Promise<void> {
  const { random, wallets } = kinds;
  const path = `/wallet/${random.pick(wallets)}`;
  await send(kinds, `${path}/freeze`, { Direction: random.pick(['in', 'out', 'both']) }, key);
  await send(kinds, `${path}/unfreeze`, {}, `${key}-unfreeze`);
}

async function limit(kinds: Kinds, key: string): Promise<void> {
  const { random, wallets } = kinds;
  const PerOperation = random.chance(0.5) ? 1_000_000 + random.integer(5_000_000) : null;
  const PerDay = random.chance(0.5) ? 10n ** 12n : null;
  const CreditLimit = random.integer(10) * 1_000_000;
  const body = { CreditLimit, SpendLimits: { PerOperation, PerDay } };
  await send(kinds, `/wallet/${random.pick(wallets)}/limits`, body, key);
}

function remember(ids: string[], random: Random, id: string | undefined): void {
  if (id === undefined) return;
  if (ids.length < REMEMBERED) ids.push(id);
  else ids[random.integer(REMEMBERED)] = id;
}
