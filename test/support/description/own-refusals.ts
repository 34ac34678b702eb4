import type { Example } from '../../../description/examples.ts';
import { FileStoreError } from '../../../lib/aws/file-store-error.ts';
import type { Sql } from '../../../lib/postgres/database.ts';
import { releaseLease, takeLease } from '../../../lib/postgres/lease.ts';
import { MAX_ALERTS } from '../../../lib/wallets/alerts.ts';
import { stringifyJson } from '../../../lib/wire/json.ts';
import { call } from '../system/client.ts';
import { refusedKeys } from './key-steps.ts';
import { describedBy, exampleOf, requestOf, type Step, type Story, take } from './story.ts';
import { refusedWebhooks } from './webhook-refusals.ts';

/** What the story gave already. */
const known = { Currency: 'EUR', Reference: 'customer-17-EUR' };
const Reference = 'order-17';

const NOBODY = '7';
const UNKNOWN = '018f2b1c-0000-7000-8000-000000000000';

/** What is about a wallet in its path. */
const OF_WALLETS = [
  'getWallet',
  'listHolds',
  'listOperations',
  'downloadOperations',
  'totalOperations',
  'getHistory',
];

/** More names than there may be. */
const MANY_RATES = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`C${100_000 + n}`, 1]));

/** Takes a step that must be refused with a code, and records it, or another one that is shown for it. */
type Refuses = (
  code: string,
  operationId: string,
  more: Omit<Step, 'operationId'>,
  shown?: Step,
) => Promise<void>;

/** Holds the balancer's lease meanwhile. */
async function refusedRebalance(sql: Sql, refuse: () => Promise<void>): Promise<void> {
  await takeLease(sql, 'balancer', UNKNOWN, 60);
  await refuse();
  await releaseLease(sql, 'balancer', UNKNOWN);
}

/** Records the errors that a route may answer besides those of all. */
export async function ownRefusals({ system, transfer, refund, captured, paid }: Story): Promise<Example[]> {
  const recorded: Example[] = [];
  const refuses: Refuses = async (code, operationId, more, shown) => {
    const step = { operationId, ...more };
    const answer = await take(system, step);
    if (answer.payload.code !== code) throw new Error(`${operationId} ${code}: ${answer.text}`);
    recorded.push(exampleOf(shown ?? step, code, answer));
  };
  const body = (value: unknown) => ({ body: stringifyJson(value) });
  const money = { Amount: 5, Currency: 'USD' };
  const wallet = (walletId: string) => ({ path: { walletId } });

  await refusedRebalance(system.sql, () => refuses('rebalance_in_progress', 'rebalance', { body: '{}' }));
  const fewRates = { operationId: 'updateCurrencies', body: '{"Rates": {"C100000": 1}}' };
  await refuses('too_many_currencies', 'updateCurrencies', body({ Rates: MANY_RATES }), fewRates);
  await refuses('currency_not_allowed', 'listRates', { path: { currency: 'XXX' } });
  const conversion = { amount: '5', from: 'USD', to: 'XXX' };
  await refuses('currency_not_allowed', 'convertAmount', { path: conversion });
  const huge = { amount: '9223372036854775807', from: 'USD', to: 'RUB' };
  await refuses('amount_out_of_range', 'convertAmount', { path: huge });
  const person = { Name: 'Jon Snow', Country: 'UK', City: 'London' };
  await refuses('currency_not_allowed', 'createWallet', body({ ...person, Currency: 'XXX' }));
  await refuses('reference_taken', 'createWallet', body({ ...person, ...known }));
  await refuses('reference_taken', 'receiveAmount', body({ WalletId: 1, ...money, Reference }));
  await refuses('wallet_not_found', 'receiveAmount', body({ WalletId: 7, ...money }));
  await refuses('currency_not_allowed', 'receiveAmount', body({ WalletId: 1, ...money, Currency: 'XXX' }));
  const moved = { OriginWalletId: 1, TargetWalletId: 2, ...money };
  await refuses('wallet_not_found', 'transferAmount', body({ ...moved, TargetWalletId: 7 }));
  await refuses('currency_not_allowed', 'transferAmount', body({ ...moved, Currency: 'XXX' }));
  await refuses('same_wallet', 'transferAmount', body({ ...moved, TargetWalletId: 1 }));
  await refuses('reference_taken', 'transferAmount', body({ ...moved, Reference }));
  await refusedReads(refuses);
  await refuses('transaction_not_found', 'refundTransaction', body({ TransactionId: UNKNOWN }));
  await refuses('not_refundable', 'refundTransaction', body({ TransactionId: refund }));
  const tooMuch = { TransactionId: transfer, Amount: 50_000_000 };
  await refuses('refund_exceeds_transaction', 'refundTransaction', body(tooMuch));
  await refuses('reference_taken', 'refundTransaction', body({ TransactionId: transfer, Reference }));
  await refusedLinks(refuses, moved);
  await refuses('wallet_not_found', 'holdAmount', body({ WalletId: 7, Amount: 5 }));
  await refuses('reference_taken', 'holdAmount', body({ WalletId: 1, Amount: 5, Reference }));
  await refuses('hold_not_found', 'getHold', { path: { holdId: UNKNOWN } });
  const [unknown, over] = [{ path: { holdId: UNKNOWN } }, { path: { holdId: captured } }];
  await refuses('hold_not_found', 'captureHold', { ...unknown, ...body({ TargetWalletId: 2 }) });
  await refuses('hold_not_active', 'captureHold', { ...over, ...body({ TargetWalletId: 2 }) });
  await refuses('hold_not_found', 'releaseHold', { ...unknown, body: '{}' });
  await refuses('hold_not_active', 'releaseHold', { ...over, body: '{}' });
  const placed = await take(system, { operationId: 'holdAmount', ...body({ WalletId: 1, Amount: 5 }) });
  await system.settleAll();
  const active = { path: { holdId: placed.payload.HoldId } };
  const beyond = { ...active, ...body({ TargetWalletId: 2, Amount: 6 }) };
  await refuses('capture_exceeds_hold', 'captureHold', beyond);
  await refuses('wallet_not_found', 'captureHold', { ...active, ...body({ TargetWalletId: 7 }) });
  await refuses('same_wallet', 'captureHold', { ...active, ...body({ TargetWalletId: 1 }) });
  await refusePayouts(refuses, { path: unknown.path, over: over.path, paid });
  for (const operationId of OF_WALLETS) await refuses('wallet_not_found', operationId, wallet(NOBODY));
  const inXxx = { ...wallet('1'), query: { currency: 'XXX' } };
  await refuses('currency_not_allowed', 'totalOperations', inXxx);
  await refusedChanges(refuses, system);
  await refusedWebhooks(refuses, system);
  await refusedKeys(refuses, system);
  const withdrawn = (name: string, at: string | null) =>
    system.sql`UPDATE currencies SET withdrawn_at = ${at}::timestamptz WHERE name = ${name}`;
  await withdrawn('EUR', '2026-01-31T00:00:00Z');
  await refuses('currency_not_allowed', 'holdAmount', body({ WalletId: 1, Amount: 5 }));
  await withdrawn('EUR', null);
  return [...recorded, ...(await fileRefusals(system))];
}

/** What is not there, or can't be searched for. */
async function refusedReads(refuses: Refuses): Promise<void> {
  for (const operationId of ['getTransaction', 'getStory'])
    await refuses('transaction_not_found', operationId, { path: { transactionId: UNKNOWN } });
  const search = (query: Record<string, string>) => ({ query });
  await refuses('filter_missing', 'searchTransactions', search({ status: 'decline' }));
  await refuses('wallet_not_found', 'searchTransactions', search({ wallet: NOBODY }));
  await refuses('currency_not_allowed', 'listWallets', search({ currency: 'xxx' }));
  await refuses('currency_not_allowed', 'searchTransactions', search({ wallet: '1', currency: 'xxx' }));
}

/** Transfers of which the second is refused, and with it both. */
async function refusedLinks(refuses: Refuses, moved: object): Promise<void> {
  const inBody = (value: unknown) => ({ body: stringifyJson(value) });
  const linked = { linkTransfers: 'Transfers', acceptBatch: 'Operations' };
  for (const [operationId, list] of Object.entries(linked)) {
    const together = (second: object, more: object = {}) =>
      inBody({
        [list]: [moved, { ...moved, ...second }],
        ...more,
        ...(list === 'Operations' ? { Atomic: true } : {}),
      });
    await refuses('wallet_not_found', operationId, together({ TargetWalletId: 7 }));
    await refuses('currency_not_allowed', operationId, together({ Currency: 'XXX' }));
    await refuses('same_wallet', operationId, together({ TargetWalletId: 1 }));
    await refuses('reference_taken', operationId, together({}, { Reference }));
  }
}

/** Those of payouts, and of holds that can't be extended. */
async function refusePayouts(
  refuses: Refuses,
  { path, over, paid }: { path: Record<string, string>; over: Record<string, string>; paid: string },
): Promise<void> {
  await refuses('hold_not_found', 'extendHold', { path, body: '{"ExpiresInSeconds": 60}' });
  await refuses('hold_not_active', 'extendHold', { path: over, body: '{"ExpiresInSeconds": 60}' });
  await refuses('wallet_not_found', 'sendAmount', {
    body: '{"WalletId": 7, "Amount": 5, "Currency": "USD"}',
  });
  await refuses('currency_not_allowed', 'sendAmount', {
    body: '{"WalletId": 1, "Amount": 5, "Currency": "XXX"}',
  });
  const taken = { WalletId: 1, Amount: 5, Currency: 'USD', Reference };
  await refuses('reference_taken', 'sendAmount', { body: stringifyJson(taken) });
  for (const operationId of ['confirmPayout', 'cancelPayout']) {
    const ofNone = { path: { transactionId: UNKNOWN }, body: '{}' };
    await refuses('transaction_not_found', operationId, ofNone);
    await refuses('payout_not_pending', operationId, { path: { transactionId: paid }, body: '{}' });
  }
}

/** Changes of wallets that there are not, that are closed or not empty, or that use more credit. */
async function refusedChanges(refuses: Refuses, system: Story['system']): Promise<void> {
  const change = (walletId: string, given: object) => ({ path: { walletId }, body: stringifyJson(given) });
  const [nobody, closed] = ['7', '3'];
  for (const operationId of ['freezeWallet', 'unfreezeWallet', 'closeWallet', 'limitWallet'])
    await refuses('wallet_not_found', operationId, change(nobody, {}));
  await refuses('wallet_not_found', 'renameWallet', change(nobody, { Name: 'Nobody' }));
  await refuses('wallet_closed', 'freezeWallet', change(closed, {}));
  await refuses('wallet_closed', 'unfreezeWallet', change(closed, {}));
  await refuses('wallet_closed', 'limitWallet', change(closed, { CreditLimit: 5_000_000 }));
  await refuses('wallet_not_empty', 'closeWallet', change('1', {}));
  await refusedAlerts(refuses, system, change);
  const largest = 9_223_372_036_854_775_807n;
  await refuses('amount_out_of_range', 'limitWallet', change('1', { CreditLimit: largest }));
  const credit = 9_000_000_000_000;
  await take(system, { operationId: 'limitWallet', ...change('2', { CreditLimit: credit }) });
  const spent = { OriginWalletId: 2, TargetWalletId: 1, Amount: credit, Currency: 'USD' };
  await take(system, { operationId: 'transferAmount', body: stringifyJson(spent) });
  await system.settleAll();
  await refuses('credit_in_use', 'limitWallet', change('2', { CreditLimit: 0 }));
}

/** Alerts of wallets that there are not or that are closed, too many, and none. */
async function refusedAlerts(
  refuses: Refuses,
  system: Story['system'],
  change: (walletId: string, given: object) => { path: Record<string, string>; body: string },
): Promise<void> {
  const edge = { Direction: 'below', Balance: 0 };
  await refuses('wallet_not_found', 'addAlert', change(NOBODY, edge));
  await refuses('wallet_not_found', 'listAlerts', { path: { walletId: NOBODY } });
  await refuses('wallet_not_found', 'removeAlert', change(NOBODY, { AlertId: UNKNOWN }));
  await refuses('alert_not_found', 'removeAlert', change('1', { AlertId: UNKNOWN }));
  await refuses('wallet_closed', 'addAlert', change('3', edge));
  for (let balance = 1; balance <= MAX_ALERTS; balance++)
    await take(system, { operationId: 'addAlert', ...change('1', { ...edge, Balance: balance }) });
  await refuses('too_many_alerts', 'addAlert', change('1', edge));
}

/** Files that are too long, or that nobody keeps. */
async function fileRefusals({ deps }: Story['system']): Promise<Example[]> {
  const step = { operationId: 'downloadOperations', path: { walletId: '1' } };
  const { handlerOf, method } = describedBy(step.operationId);
  const limits = { replyLines: 0, lines: 1, seconds: 24 };
  const noStore = { store: () => Promise.reject(new FileStoreError('an example', {})) };
  const cases = {
    report_too_large: { ...deps, limits },
    files_unavailable: { ...deps, files: noStore, limits: { ...limits, lines: 1_000 } },
  };
  const recorded: Example[] = [];
  for (const [code, made] of Object.entries(cases)) {
    const answer = await call(handlerOf({ ...made, apiKeys: 'off' } as never), requestOf(step, method));
    if (answer.payload.code !== code) throw new Error(`${code}: ${answer.text}`);
    recorded.push(exampleOf(step, code, answer));
  }
  return recorded;
}
