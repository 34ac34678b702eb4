import { randomUUID } from 'node:crypto';
import { stringifyJson } from '../../../lib/wire/json.ts';
import { isLinked } from '../checks/journal.ts';
import type { Prepared } from '../world/clients.ts';
import { at } from './random.ts';
import { aboutHold, aboutPayout } from './requests-of-holds.ts';
import { aboutLinked, isLinkedRefund } from './requests-of-linked.ts';
import { aboutWebhook } from './requests-of-webhooks.ts';
import {
  amountIn,
  currencyOf,
  givenOf,
  type Known,
  MAX_AMOUNT,
  type Matcher,
  matches,
  noted,
  part,
  prepared,
  recent,
  walletOf,
} from './resolve.ts';
import type { Entry, Request } from './script.ts';

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
    case 'linked':
      return aboutLinked(request, known);
    case 'webhook':
    case 'webhook change':
      return aboutWebhook(request, known);
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
    case 'change':
      return change(request, known);
    case 'rates': {
      // A name that stands twice would be refused.
      const rates = new Map(request.rates.map(([reference, rate]) => [currencyOf(known, reference), rate]));
      const json = [...rates].map(([name, rate]) => `"${name}": ${name === 'USD' ? '1' : rate}`).join(', ');
      return { ...prepared(request, 'POST /update_currencies', {}), body: `{"Rates": {${json}}}` };
    }
    case 'refund':
      return refund(request, known);
    case 'payout':
    case 'confirm':
    case 'cancel':
      return aboutPayout(request, known);
    case 'hold':
    case 'capture':
    case 'release':
    case 'extend':
      return aboutHold(request, known);
    case 'invalid': {
      const invalid = at(INVALID, request.which)(walletOf(known, request.wallet), currencyOf(known, 0));
      return { ...invalid, kind: 'invalid', path: {}, entries: [] };
    }
  }
}

/** A change of a wallet's state, limits or alerts. */
function change(request: Extract<Request, { kind: 'change' }>, known: Known): Prepared {
  const walletId = walletOf(known, request.wallet);
  const limits = Object.fromEntries(
    Object.entries(request.limits).map(([name, amount]) => [
      name,
      amount && amountIn(amount, known, walletId, undefined),
    ]),
  );
  const { CreditLimit, BalanceLimit, ...SpendLimits } = limits;
  const body = {
    freeze: { Direction: request.direction },
    unfreeze: { Direction: request.direction },
    close: {},
    limits: { CreditLimit, BalanceLimit, SpendLimits },
    alerts: {
      Direction: request.direction === 'in' ? 'above' : 'below',
      Balance: amountIn(request.edge, known, walletId, undefined),
    },
    'alerts/remove': { AlertId: alertOf(known, walletId) },
  }[request.what];
  const path = { walletId: walletId.toString() };
  return prepared(request, `POST /wallet/{walletId}/${request.what}`, body, [], path);
}

/** The latest alert that a wallet is known to have, or any id. */
function alertOf({ journal }: Known, walletId: bigint): string {
  const ofWallet = [...journal.alerts.values()].filter((alert) => alert.walletId === walletId);
  return ofWallet.findLast(({ goneBy }) => goneBy === undefined)?.id ?? randomUUID();
}

function refund(request: Extract<Request, { kind: 'refund' }>, known: Known): Prepared {
  const { byTransaction } = known.journal;
  const linked = known.transactionIds.filter((id) => byTransaction.get(id)?.some(isLinked));
  const isOfLinked = request.ofLinked && linked.length > 0;
  const TransactionId = recent(isOfLinked ? linked : known.transactionIds, request.transaction);
  const legs = byTransaction.get(TransactionId);
  const paid = legs?.find(({ leg }) => leg === 'receipt' || leg === 'credit');
  // Linked ones are given back as a whole: a few times their refund asks for an amount all the same, and is refused.
  const isAmountLeftOut =
    (legs?.some(isLinked) && request.amount !== null && 'permille' in request.amount) ?? false;
  const fields =
    request.amount === null || isAmountLeftOut ? {} : { Amount: part(request.amount, paid?.amount) };
  const given = givenOf(request.note);
  const matcher = noted(given, refundMatcher(TransactionId, fields.Amount));
  return prepared(request, 'POST /refund', { TransactionId, ...fields, ...given }, [matcher]);
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

function refundMatcher(transactionId: string, amount: bigint | undefined): Matcher {
  return (row, journal) => {
    const legs = journal.byTransaction.get(transactionId) ?? [];
    if (legs.some(isLinked)) return amount === undefined && isLinkedRefund(legs)(row, journal);
    const paid = legs.find(({ leg }) => leg === 'receipt' || leg === 'credit');
    if (paid === undefined || row.refundOf !== transactionId) return false;
    const { walletId, counterpartyId, currency } = paid;
    const leg = paid.leg === 'receipt' ? 'payout' : 'debit';
    return (
      matches(row, { leg, walletId, counterpartyId, currency, amount: amount ?? row.amount }) &&
      row.amount <= paid.amount
    );
  };
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
  () => ({ route: 'POST /transaction', body: '{"Transfers": []}' }),
  // The first operation could be done alone.
  (WalletId, Currency) => {
    const Operations = [
      { WalletId, Amount: 5n, Currency },
      { WalletId: UNKNOWN_WALLET, Amount: 5n, Currency },
    ];
    return { route: 'POST /batch', body: stringifyJson({ Operations, Atomic: true }) };
  },
];
