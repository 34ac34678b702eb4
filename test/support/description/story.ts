import type { Described } from '../../../description/described.ts';
import type { Example } from '../../../description/examples.ts';
import { DESCRIBED } from '../../../description/routes.ts';
import { known } from '../../../lib/ledger/known.ts';
import type { Sql } from '../../../lib/postgres/database.ts';
import { stringifyJson } from '../../../lib/wire/json.ts';
import { type Answer, call } from '../system/client.ts';
import { RATES, testSystem } from '../system/system.ts';
import { callerWith } from './callers.ts';
import { manageKeys, storeCaller } from './key-steps.ts';
import { keepWebhook } from './webhook-steps.ts';

/** A request of the story, by the values of its path, query and body. */
export interface Step {
  readonly operationId: string;
  readonly path?: Record<string, string>;
  readonly query?: Record<string, string>;
  /** JSON text. */
  readonly body?: string;
}

export const describedBy = (operationId: string): Described =>
  known(
    DESCRIBED.find((each) => each.operationId === operationId),
    operationId,
  );

/** The path of a step with its values, and its query. */
function pathOf({ operationId, path = {}, query }: Step): string {
  const filled = describedBy(operationId).path.replaceAll(
    /\{(\w+)\}/g,
    (_, name) => path[String(name)] ?? '',
  );
  return query === undefined ? filled : `${filled}?${new URLSearchParams(query).toString()}`;
}

type System = ReturnType<typeof testSystem>;

/** Sends a step's request to the real handler, as a caller who may do all. */
export async function take(
  system: System,
  step: Step,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const { handlerOf, method } = describedBy(step.operationId);
  const handler = handlerOf({ ...system.deps, apiKeys: 'required' } as never);
  return await call(handler, requestOf(step, method, headers));
}

/** A step as a request of a caller who may do all. */
export const requestOf = (step: Step, method: string, headers: Record<string, string> = {}) => ({
  route: `${method.toUpperCase()} ${pathOf(step)}`,
  ...(step.path === undefined ? {} : { path: step.path }),
  ...(step.query === undefined ? {} : { query: step.query }),
  ...(step.body === undefined ? {} : { text: step.body }),
  headers,
  access: callerWith(['admin']),
});

/** What a step answered, as an example. */
export function exampleOf(step: Step, code: string | null, { status, text }: Answer): Example {
  const request = step.body === undefined ? { path: pathOf(step) } : { path: pathOf(step), body: step.body };
  return { operationId: step.operationId, code, request, reply: { status, body: text } };
}

/** The ids that later steps name. */
export interface Story {
  readonly system: System;
  readonly steps: readonly Step[];
  readonly examples: readonly Example[];
  readonly transfer: string;
  readonly refund: string;
  readonly captured: string;
  readonly paid: string;
}

const body = (value: unknown): string => stringifyJson(value);

/** Extends a hold, and sends money out. @returns the payout that was confirmed */
async function extendAndPay(does: (step: Step) => Promise<any>): Promise<string> {
  const { HoldId: extended } = await does({
    operationId: 'holdAmount',
    body: body({ WalletId: 1, Amount: 3_000_000, Currency: 'USD', OverCapture: 1_000_000 }),
  });
  await does({
    operationId: 'extendHold',
    path: { holdId: extended },
    body: '{"ExpiresInSeconds": 2592000}',
  });
  await does({ operationId: 'listHolds', path: { walletId: '1' }, query: { limit: '2' } });
  const payout = { WalletId: 1, Amount: 2_000_000, Currency: 'USD', Confirm: true };
  const { TransactionId: paid } = await does({ operationId: 'sendAmount', body: body(payout) });
  await does({ operationId: 'confirmPayout', path: { transactionId: paid }, body: '{}' });
  const { TransactionId: cancelled } = await does({ operationId: 'sendAmount', body: body(payout) });
  await does({ operationId: 'cancelPayout', path: { transactionId: cancelled }, body: '{}' });
  return paid;
}

/** Limits, freezes and closes a third wallet. */
async function changeWallets(does: (step: Step) => Promise<any>, person: object): Promise<void> {
  const created = { Name: 'Tormund', ...person, Currency: 'USD' };
  const { WalletID } = await does({ operationId: 'createWallet', body: body(created) });
  const change = async (operationId: string, given: object) =>
    await does({ operationId, path: { walletId: String(WalletID) }, body: body(given) });
  const SpendLimits = { PerOperation: 20_000_000, PerDay: 50_000_000 };
  await change('limitWallet', { CreditLimit: 5_000_000, BalanceLimit: 900_000_000, SpendLimits });
  const { AlertId } = await change('addAlert', { Direction: 'below', Balance: 10_000_000 });
  await does({ operationId: 'listAlerts', path: { walletId: String(WalletID) } });
  await change('removeAlert', { AlertId });
  await change('freezeWallet', { Direction: 'out' });
  await change('unfreezeWallet', {});
  await change('renameWallet', { Name: 'Tormund Giantsbane' });
  await change('closeWallet', {});
}

const ORDER = {
  Reference: 'order-17',
  Description: 'A winter coat',
  Metadata: { shop: 'north', till: '3' },
};

/** Tells a story in which each route succeeds once, and records it. */
export async function tellStory(sql: Sql): Promise<Story> {
  const system = testSystem(sql, 2, 'required');
  await storeCaller(sql);
  const [steps, examples]: [Step[], Example[]] = [[], []];
  const does = async (step: Step): Promise<any> => {
    const answer = await take(system, step);
    if (answer.status !== 200) throw new Error(`${step.operationId}: ${answer.text}`);
    await system.settleAll();
    if (examples.every(({ operationId }) => operationId !== step.operationId)) {
      steps.push(step);
      examples.push(exampleOf(step, null, answer));
    }
    return answer.payload;
  };

  await does({ operationId: 'updateCurrencies', body: RATES });
  await does({ operationId: 'listCurrencies' });
  await does({ operationId: 'listRates', path: { currency: 'EUR' }, query: { limit: '10' } });
  await does({ operationId: 'convertAmount', path: { amount: '1000000', from: 'EUR', to: 'THB' } });
  const person = { Country: 'UK', City: 'London' };
  const known = { OwnerId: 'customer-17', Reference: 'customer-17-EUR' };
  const named = { Name: 'Jon Snow', ...person, Currency: 'EUR', ...known };
  await does({ operationId: 'createWallet', body: body(named) });
  await does({ operationId: 'createWallet', body: body({ Name: 'Ygritte', ...person, Currency: 'USD' }) });
  await does({
    operationId: 'receiveAmount',
    body: body({ WalletId: 1, Amount: 200_000_000, Currency: 'USD' }),
  });
  const moved = { OriginWalletId: 1, TargetWalletId: 2, Amount: 50_000_000, Currency: 'USD' };
  const sold = body({ ...moved, ...ORDER });
  const { TransactionId: transfer } = await does({ operationId: 'transferAmount', body: sold });
  await does({ operationId: 'getTransaction', path: { transactionId: transfer } });
  await does({ operationId: 'getStory', path: { transactionId: transfer } });
  await does({ operationId: 'searchTransactions', query: { wallet: '1', kind: 'transfer', order: 'desc' } });
  const given = { TransactionId: transfer, Amount: 10_000_000 };
  const { TransactionId: refund } = await does({ operationId: 'refundTransaction', body: body(given) });
  const entries = [
    { WalletId: 2, Amount: 3_000_000, Currency: 'EUR' },
    { ...moved, Amount: 1_000_000, Currency: 'EUR' },
    { WalletId: 7, Amount: 5, Currency: 'USD' },
  ];
  await does({ operationId: 'acceptBatch', body: body({ Operations: entries }) });
  const split = [
    { OriginWalletId: 1, TargetWalletId: 2, Amount: 5_000_000, Currency: 'EUR' },
    { OriginWalletId: 1, TargetWalletId: 2, Amount: 1_500, Currency: 'USD' },
  ];
  await does({ operationId: 'linkTransfers', body: body({ Transfers: split, Reference: 'order-18' }) });
  const hold = { operationId: 'holdAmount', body: body({ WalletId: 1, Amount: 5_000_000 }) };
  const { HoldId: captured } = await does(hold);
  await does({ operationId: 'getHold', path: { holdId: captured } });
  const capture = { TargetWalletId: 2, Amount: 4_000_000 };
  await does({ operationId: 'captureHold', path: { holdId: captured }, body: body(capture) });
  const { HoldId: released } = await does(hold);
  await does({ operationId: 'releaseHold', path: { holdId: released }, body: '{}' });
  const paid = await extendAndPay(does);
  await does({ operationId: 'getWallet', path: { walletId: '1' } });
  await does({ operationId: 'listWallets', query: { limit: '2' } });
  await does({ operationId: 'listOperations', path: { walletId: '1' }, query: { limit: '2' } });
  await does({ operationId: 'downloadOperations', path: { walletId: '1' } });
  await does({ operationId: 'totalOperations', path: { walletId: '1' }, query: { currency: 'USD' } });
  await does({ operationId: 'getHistory', path: { walletId: '1' }, query: { points: '3' } });
  await changeWallets(does, person);
  await keepWebhook(does);
  await does({ operationId: 'rebalance', body: '{}' });
  await manageKeys(does);
  for (const operationId of ['getOverview', 'getGroups', 'health', 'live']) await does({ operationId });
  return { system, steps, examples, transfer, refund, captured, paid };
}
