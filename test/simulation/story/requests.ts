import { randomUUID } from 'node:crypto';
import { stringifyJson } from '../../../lib/wire/json.ts';
import { type Given, isGiven } from '../checks/check-details.ts';
import { show } from '../checks/check-legs.ts';
import type { Journal, Operation } from '../checks/journal.ts';
import type { Prepared } from '../world/clients.ts';
import { at } from './random.ts';
import type { Amount, Entry, Request, Setting } from './script.ts';

/** What a request is built from, besides its script. */
export interface Known {
  readonly setting: Setting;
  readonly journal: Journal;
  /** Transactions and holds in the replies to clients, latest last. */
  readonly transactionIds: readonly string[];
  readonly holdIds: readonly string[];
  /** Numbers new wallets' names. */
  readonly nextName: () => string;
}

type Matcher = Prepared['entries'][number];

/** A reference means one of this many latest transactions or holds. */
const RECENT = 40;

/** Turns a scripted request into one that can be sent. */
export function prepare(request: Request, known: Known): Prepared {
  switch (request.kind) {
    case 'receive':
    case 'transfer': {
      const { body, matcher } = entryOf(request, known);
      const route = request.kind === 'receive' ? 'POST /receive_amount' : 'POST /transfer_amount';
      return prepared(request, route, body, [matcher]);
    }
    case 'batch': {
      const entries = request.entries.map((entry) => entryOf(entry, known));
      const body = { Operations: entries.map((entry) => entry.body) };
      const matchers = entries.map(({ matcher }) => matcher);
      return prepared(request, 'POST /batch', body, matchers);
    }
    case 'wallet': {
      const Currency = currencyOf(known, request.currency);
      const body = {
        Name: known.nextName(),
        Country: 'UK',
        City: 'London',
        Currency,
        ...givenOf(request.note),
      };
      return prepared(request, 'POST /wallet', body);
    }
    case 'rates': {
      // A name that stands twice would be refused.
      const rates = new Map(request.rates.map(([reference, rate]) => [currencyOf(known, reference), rate]));
      const json = [...rates].map(([name, rate]) => `"${name}": ${name === 'USD' ? '1' : rate}`).join(', ');
      return { ...prepared(request, 'POST /update_currencies', {}), body: `{"Rates": {${json}}}` };
    }
    case 'refund':
      return refund(request, known);
    case 'hold':
    case 'capture':
    case 'release':
      return aboutHold(request, known);
    case 'invalid': {
      const invalid = at(INVALID, request.which)(walletOf(known, request.wallet), currencyOf(known, 0));
      return { ...invalid, kind: 'invalid', path: {}, entries: [] };
    }
  }
}

const walletOf = ({ journal }: Known, reference: number) => at([...journal.wallets.keys()], reference);

const currencyOf = ({ setting }: Known, reference: number) => at(setting.currencies, reference).name;

function prepared(
  { kind }: Request,
  route: string,
  body: object,
  entries: readonly Matcher[] = [],
  path: Readonly<Record<string, string>> = {},
): Prepared {
  return { kind, route, path, body: stringifyJson(body), entries };
}

function refund(request: Extract<Request, { kind: 'refund' }>, known: Known): Prepared {
  const TransactionId = recent(known.transactionIds, request.transaction);
  const legs = known.journal.byTransaction.get(TransactionId);
  const paid = legs?.find(({ leg }) => leg === 'receipt' || leg === 'credit');
  const fields = request.amount === null ? {} : { Amount: part(request.amount, paid?.amount) };
  const given = givenOf(request.note);
  const matcher = noted(given, refundMatcher(TransactionId, fields.Amount));
  return prepared(request, 'POST /refund', { TransactionId, ...fields, ...given }, [matcher]);
}

function aboutHold(
  request: Extract<Request, { kind: 'hold' | 'capture' | 'release' }>,
  known: Known,
): Prepared {
  const { journal } = known;
  switch (request.kind) {
    case 'hold': {
      const WalletId = walletOf(known, request.wallet);
      const Amount = amountIn(request.amount, known, WalletId, undefined);
      const isHold: Matcher = (row) =>
        matches(row, { leg: 'hold', walletId: WalletId, counterpartyId: null, amount: Amount }) &&
        row.holdId === row.transactionId &&
        row.currency === journal.wallets.get(WalletId)?.currency;
      const given = givenOf(request.note);
      const body = { WalletId, Amount, ExpiresInSeconds: request.seconds, ...given };
      return prepared(request, 'POST /hold', body, [noted(given, isHold)]);
    }
    case 'capture': {
      const holdId = recent(known.holdIds, request.hold);
      const hold = journal.holds.get(holdId);
      const TargetWalletId = walletOf(known, request.target);
      const fields = request.amount === null ? {} : { Amount: part(request.amount, hold?.amount) };
      const matcher = captureMatcher(holdId, TargetWalletId, fields.Amount);
      const body = { TargetWalletId, ...fields };
      return prepared(request, 'POST /hold/{holdId}/capture', body, [matcher], { holdId });
    }
    case 'release': {
      const holdId = recent(known.holdIds, request.hold);
      const isRelease: Matcher = (row, { holds }) =>
        row.leg === 'release' &&
        row.holdId === holdId &&
        row.walletId === (holds.get(holdId)?.walletId ?? row.walletId);
      return prepared(request, 'POST /hold/{holdId}/release', {}, [isRelease], { holdId });
    }
  }
}

function entryOf(entry: Entry, known: Known): { body: object; matcher: Matcher } {
  const ids = [...known.journal.wallets.keys()];
  const Currency = at(known.setting.currencies, entry.currency).name;
  const given = givenOf(entry.note);
  if (entry.kind === 'receive') {
    const WalletId = at(ids, entry.wallet);
    const Amount = amountIn(entry.amount, known, WalletId, Currency);
    const leg = {
      leg: 'receipt',
      walletId: WalletId,
      counterpartyId: null,
      amount: Amount,
      currency: Currency,
    };
    const body = { WalletId, Amount, Currency, ...given };
    return { body, matcher: noted(given, (row) => matches(row, leg)) };
  }
  const [OriginWalletId, TargetWalletId] = [at(ids, entry.origin), at(ids, entry.target)];
  const Amount = amountIn(entry.amount, known, OriginWalletId, Currency);
  const leg = {
    leg: 'debit',
    walletId: OriginWalletId,
    counterpartyId: TargetWalletId,
    amount: Amount,
    currency: Currency,
  };
  return {
    body: { OriginWalletId, TargetWalletId, Amount, Currency, ...given },
    matcher: noted(given, (row) => row.refundOf === null && matches(row, leg)),
  };
}

/** What requests with this note give: the same each time, in which any part in between could see something else. */
function givenOf(note: number | null): Given {
  if (note === null) return {};
  const Metadata = { [`n"${note}`]: `é,\n${note}`, Amount: '12' };
  return {
    Reference: `order-${note}`,
    ...(note % 3 === 0 ? {} : { Description: `order "${note}"` }),
    ...(note % 2 === 0 ? {} : { Metadata }),
  };
}

/** A matcher of rows whose transaction was given just this. */
const noted =
  (given: Given, matcher: Matcher): Matcher =>
  (row, journal) =>
    matcher(row, journal) && isGiven(journal, row.transactionId, given);

const matches = (row: Operation, expected: Partial<Operation>): boolean =>
  show({ ...row, ...expected }) === show(row);

function refundMatcher(transactionId: string, amount: bigint | undefined): Matcher {
  return (row, { byTransaction }) => {
    const paid = byTransaction.get(transactionId)?.find(({ leg }) => leg === 'receipt' || leg === 'credit');
    if (paid === undefined || row.refundOf !== transactionId) return false;
    const { walletId, counterpartyId, currency } = paid;
    const leg = paid.leg === 'receipt' ? 'payout' : 'debit';
    return (
      matches(row, { leg, walletId, counterpartyId, currency, amount: amount ?? row.amount }) &&
      row.amount <= paid.amount
    );
  };
}

function captureMatcher(holdId: string, counterpartyId: bigint, amount: bigint | undefined): Matcher {
  return (row, { byTransaction }) => {
    const hold = byTransaction.get(holdId)?.[0];
    if (hold === undefined) return false;
    const { walletId, currency } = hold;
    return matches(row, {
      leg: 'capture',
      holdId,
      walletId,
      counterpartyId,
      currency,
      amount: amount ?? hold.amount,
    });
  };
}

const recent = (ids: readonly string[], reference: number): string =>
  ids.length === 0 ? randomUUID() : at(ids.slice(-RECENT).reverse(), reference);

/** An amount in a currency (the wallet's own if undefined): fixed, or a share of what the wallet has. */
function amountIn(
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

const MAX_AMOUNT = 9_223_372_036_854_775_807n;

/** A share of a whole, limited to valid amounts. */
function part(amount: Amount, whole = 0n): bigint {
  if ('fixed' in amount) return BigInt(amount.fixed);
  const share = (whole * BigInt(amount.permille)) / 1_000n + BigInt(amount.plus);
  return share < 1n ? 1n : share > MAX_AMOUNT ? MAX_AMOUNT : share;
}

const UNKNOWN_WALLET = 987_654_321_987_654_321n;

type Invalid = (wallet: bigint, currency: string) => Pick<Prepared, 'route' | 'body'>;

const receipt = (fields: object): Pick<Prepared, 'route' | 'body'> => ({
  route: 'POST /receive_amount',
  body: stringifyJson(fields),
});

/** Requests that are refused in any state. */
const INVALID: readonly Invalid[] = [
  (WalletId, Currency) => receipt({ WalletId, Amount: 0n, Currency }),
  (WalletId, Currency) => receipt({ WalletId, Amount: -5n, Currency }),
  (WalletId, Currency) => receipt({ WalletId, Amount: MAX_AMOUNT + 1n, Currency }),
  (WalletId, Currency) => receipt({ WalletId, Amount: 1.5, Currency }),
  (WalletId) => receipt({ WalletId, Amount: 5n, Currency: 'NOPE' }),
  (WalletId) => receipt({ WalletId, Amount: 5n }),
  (WalletId, Currency) => receipt({ WalletId, Amount: 5n, Currency, Note: 'x' }),
  (_wallet, Currency) => receipt({ WalletId: UNKNOWN_WALLET, Amount: 5n, Currency }),
  () => ({ route: 'POST /receive_amount', body: '{"WalletId": 1,' }),
  (wallet, Currency) => ({
    route: 'POST /transfer_amount',
    body: stringifyJson({ OriginWalletId: wallet, TargetWalletId: wallet, Amount: 5n, Currency }),
  }),
  (wallet, Currency) => ({
    route: 'POST /transfer_amount',
    body: stringifyJson({ OriginWalletId: wallet, TargetWalletId: UNKNOWN_WALLET, Amount: 5n, Currency }),
  }),
  () => ({ route: 'POST /update_currencies', body: '{"Rates": {"EUR": 0}}' }),
  () => ({ route: 'POST /update_currencies', body: '{"Rates": {"USD": 2, "EUR": 3}}' }),
  () => ({ route: 'POST /update_currencies', body: '{"Rates": {"EUR": 1.0000000000001}}' }),
  () => ({
    route: 'POST /wallet',
    body: '{"Name": "x", "Country": "UK", "City": "London", "Currency": "NOPE"}',
  }),
  () => ({ route: 'POST /refund', body: `{"TransactionId": "${randomUUID()}"}` }),
  (WalletId) => ({ route: 'POST /hold', body: stringifyJson({ WalletId, Amount: 5n, ExpiresInSeconds: 0 }) }),
  () => ({ route: 'POST /batch', body: '{"Operations": []}' }),
];
