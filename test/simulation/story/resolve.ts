import { randomUUID } from 'node:crypto';
import { stringifyJson } from '../../../lib/wire/json.ts';
import { type Given, isGiven } from '../checks/check-details.ts';
import { show } from '../checks/check-legs.ts';
import type { Journal, Operation } from '../checks/journal.ts';
import type { WebhookBook } from '../checks/webhook-book.ts';
import type { Prepared } from '../world/clients.ts';
import { at } from './random.ts';
import type { Amount, Request, Setting } from './script.ts';

/** What a request is built from, besides its script. */
export interface Known {
  readonly setting: Setting;
  readonly journal: Journal;
  /** Transactions and holds in the replies to clients, latest last. */
  readonly transactionIds: readonly string[];
  readonly holdIds: readonly string[];
  readonly payoutIds: readonly string[];
  /** What checks know of webhooks. */
  readonly webhookBook: WebhookBook;
  /** Numbers new wallets' names. */
  readonly nextName: () => string;
}

export type Matcher = Prepared['entries'][number];

/** A reference means one of this many latest transactions or holds. */
const RECENT = 40;

export const walletOf = ({ journal }: Known, reference: number) => at([...journal.wallets.keys()], reference);

export const currencyOf = ({ setting }: Known, reference: number) => at(setting.currencies, reference).name;

export function prepared(
  { kind }: Request,
  route: string,
  body: object,
  entries: readonly Matcher[] = [],
  path: Readonly<Record<string, string>> = {},
): Prepared {
  return { kind, route, path, body: stringifyJson(body), entries };
}

/** What requests with this note give: the same each time, in which any part in between could see something else. */
export function givenOf(note: number | null): Given {
  if (note === null) return {};
  const Metadata = { [`n"${note}`]: `é,\n${note}`, Amount: '12' };
  return {
    Reference: `order-${note}`,
    ...(note % 3 === 0 ? {} : { Description: `order "${note}"` }),
    ...(note % 2 === 0 ? {} : { Metadata }),
  };
}

/** A matcher of rows whose transaction was given just this. */
export const noted =
  (given: Given, matcher: Matcher): Matcher =>
  (row, journal) =>
    matcher(row, journal) && isGiven(journal, row.transactionId, given);

export const matches = (row: Operation, expected: Partial<Operation>): boolean =>
  show({ ...row, ...expected }) === show(row);

export const recent = (ids: readonly string[], reference: number): string =>
  ids.length === 0 ? randomUUID() : at(ids.slice(-RECENT).reverse(), reference);

/** An amount in a currency (the wallet's own if undefined): fixed, or a share of what the wallet has. */
export function amountIn(
  amount: Amount,
  { journal }: Known,
  walletId: bigint,
  currency: string | undefined,
): bigint {
  if ('fixed' in amount) return BigInt(amount.fixed);
  const wallet = journal.wallets.get(walletId);
  const own = journal.currencies.get(wallet?.currency ?? '')?.rate ?? 1n;
  const other = currency === undefined ? own : (journal.currencies.get(currency)?.rate ?? own);
  const available = (wallet?.balance ?? 0n) - (wallet?.held ?? 0n);
  return part(amount, (available * own) / other);
}

export const MAX_AMOUNT = 9_223_372_036_854_775_807n;

/** A share of a whole, limited to valid amounts. */
export function part(amount: Amount, whole = 0n): bigint {
  if ('fixed' in amount) return BigInt(amount.fixed);
  const share = (whole * BigInt(amount.permille)) / 1_000n + BigInt(amount.plus);
  return share < 1n ? 1n : share > MAX_AMOUNT ? MAX_AMOUNT : share;
}
