/** Moves 9007199254740993 through every route with an amount, by the client that hey-api generated of openapi.strings.json. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import * as api from './api';
import { client } from './api/client.gen';

const AMOUNT = '9007199254740993';
const TWICE = '18014398509481986';
const MAX = '9223372036854775807';
const RATE = 0.029758123456;

const { URL: baseUrl, KEY: auth } = process.env;
client.setConfig({ baseUrl, auth, throwOnError: true });

const read = { Prefer: 'amounts=string' } as const;
const post = () => ({ ...read, 'Idempotency-Key': randomUUID() });
const settle = () => ({ Prefer: 'amounts=string, wait=20', 'Idempotency-Key': randomUUID() }) as const;
const throwOnError = true;

async function ended(transactionId: string) {
  for (let tries = 0; tries < 400; tries += 1) {
    const { data } = await api.getTransaction({ path: { transactionId }, headers: read, throwOnError });
    if (data.payload.Status === 'success' || data.payload.Status === 'decline') return data.payload;
    await setTimeout(50);
  }
  throw new Error(`${transactionId} does not end`);
}

async function newWallet(): Promise<string> {
  const body = { Name: 'Jon Snow', Country: 'UK', City: 'London', Currency: 'USD' };
  return (await api.createWallet({ body, headers: post(), throwOnError })).data.payload.WalletID;
}

async function wallet(walletId: string): Promise<api.Wallet> {
  const { payload } = (await api.getWallet({ path: { walletId }, headers: read, throwOnError })).data;
  assert('Available' in payload);
  return payload;
}

async function receive(WalletId: string, Amount: string, headers = post()): Promise<string> {
  const body = { WalletId, Amount, Currency: 'USD' };
  return (await api.receiveAmount({ body, headers, throwOnError })).data.payload.TransactionId;
}

async function transfer(OriginWalletId: string, TargetWalletId: string, Amount: string) {
  const body = { OriginWalletId, TargetWalletId, Amount, Currency: 'USD' };
  return (await api.transferAmount({ body, headers: settle(), throwOnError })).data.payload;
}

async function hold(WalletId: string): Promise<string> {
  const body = { WalletId, Amount: AMOUNT };
  return (await api.holdAmount({ body, headers: settle(), throwOnError })).data.payload.HoldId;
}

async function setRates() {
  const body = { Rates: { USD: 1, EUR: 1.093809, THB: RATE } };
  await api.updateCurrencies({ body, headers: post(), throwOnError });
  const { Currencies } = (await api.listCurrencies({ headers: read, throwOnError })).data.payload;
  assert.equal(Currencies.find(({ Name }) => Name === 'THB')?.Rate, RATE);
}

/** Moves the amount to b by a transfer, back by a refund, and again by a hold. */
async function move(a: string, b: string) {
  const first = post();
  const received = await receive(a, AMOUNT, first);
  assert.equal(await receive(a, AMOUNT, first), received);
  const settled = await ended(received);
  assert.equal(settled.Operations[0]?.Amount, AMOUNT);
  assert.equal(settled.Reason, null);
  assert.equal((await wallet(a)).Available, AMOUNT);

  const { Status, Operations, TransactionId } = await transfer(a, b, AMOUNT);
  assert.equal(Status, 'success');
  assert.deepEqual(
    Operations?.map((leg) => [leg.Amount, leg.WalletAmount, leg.BalanceAfter, leg.CounterpartyId]),
    [
      [AMOUNT, AMOUNT, '0', b],
      [AMOUNT, AMOUNT, AMOUNT, a],
    ],
  );
  const refund = { TransactionId, Amount: AMOUNT };
  const refunded = await api.refundTransaction({ body: refund, headers: settle(), throwOnError });
  assert.equal(refunded.data.payload.Operations?.[0]?.Amount, AMOUNT);

  const holdId = await hold(a);
  const held = await api.getHold({ path: { holdId }, headers: read, throwOnError });
  assert.equal(held.data.payload.Amount, AMOUNT);
  assert.equal((await wallet(a)).Available, '0');
  await api.releaseHold({ path: { holdId }, body: {}, headers: settle(), throwOnError });
  const capture = { path: { holdId: await hold(a) }, body: { TargetWalletId: b, Amount: AMOUNT } };
  const captured = await api.captureHold({ ...capture, headers: settle(), throwOnError });
  assert.equal(captured.data.payload.Operations?.[0]?.Amount, AMOUNT);
}

async function batch(a: string, b: string) {
  const entry = { Amount: AMOUNT, Currency: 'USD' };
  const Operations = [
    { ...entry, WalletId: a },
    { ...entry, OriginWalletId: a, TargetWalletId: b },
    { ...entry, WalletId: MAX },
  ];
  const { data } = await api.acceptBatch({ body: { Operations }, headers: post(), throwOnError });
  assert('Results' in data.payload);
  const [, second, third] = data.payload.Results;
  assert(third !== undefined && 'code' in third);
  assert.equal(third.code, 'wallet_not_found');
  assert(second !== undefined && 'TransactionId' in second);
  await ended(second.TransactionId);
}

async function report(a: string, b: string) {
  assert.equal((await wallet(b)).Balance, TWICE);
  const at = new Date().toISOString();
  const past = await api.getWallet({ path: { walletId: b }, query: { at }, headers: read, throwOnError });
  assert.equal(past.data.payload.Balance, TWICE);
  const page = (await api.listWallets({ query: { after: a }, headers: read, throwOnError })).data.payload;
  assert.deepEqual([page.Wallets.map(({ Balance }) => Balance), page.Next], [[TWICE], null]);
  const ofB = { path: { walletId: b }, headers: read, throwOnError } as const;
  const { Operations } = (await api.listOperations(ofB)).data.payload;
  assert.deepEqual(
    Operations.map(({ Amount, BalanceAfter }) => [Amount, BalanceAfter]),
    [AMOUNT, '0', AMOUNT, TWICE].map((balance) => [AMOUNT, balance]),
  );
  const totals = (await api.totalOperations(ofB)).data.payload;
  assert.deepEqual([totals.AmountIn, totals.AmountOut], ['27021597764222979', AMOUNT]);
  const path = { amount: AMOUNT, from: 'USD', to: 'USD' };
  const converted = await api.convertAmount({ path, headers: read, throwOnError });
  assert.equal(converted.data.payload.Amount, AMOUNT);
  const file = (await api.downloadOperations({ path: { walletId: b }, throwOnError })).data;
  assert.equal(file.split(AMOUNT).length - 1, 4);
}

async function main() {
  await setRates();
  const [a, b] = [await newWallet(), await newWallet()];
  await move(a, b);
  await batch(a, b);
  await report(a, b);

  const rich = await newWallet();
  for (let time = 0; time < 2; time += 1) {
    await ended(await receive(rich, MAX));
    await transfer(rich, await newWallet(), MAX);
  }
  const total = await api.totalOperations({ path: { walletId: rich }, headers: read, throwOnError });
  assert.equal(total.data.payload.AmountIn, '18446744073709551614');
  const refused = await api.getWallet({ path: { walletId: MAX }, headers: read, throwOnError: false });
  assert(refused.error !== undefined && 'payload' in refused.error);
  assert.equal(refused.error.payload?.code, 'wallet_not_found');
  console.log('every digit came back');
}

await main();
