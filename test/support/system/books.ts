import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import type { HttpHandler } from '../../../lib/http/serve.ts';
import { openDatabase, type Sql } from '../../../lib/postgres/database.ts';
import { migrate } from '../../../lib/postgres/migrate.ts';
import { relayOnce } from '../../../lib/settle/relay.ts';
import { call } from './client.ts';
import { emptyDatabase } from './database.ts';
import { testSystem } from './system.ts';

/** Who and what a busy story is about, by name; a hold's id is that of its transaction. */
export type Story = Awaited<ReturnType<typeof tellStory>>;

/**
 * Drives the handlers through everything that moves money, in three currencies: receipts, transfers, declines, returns,
 * refunds and holds. It ends in the middle: with a pending debit, a credit and a return under way.
 *
 * @param settled called after each delivery of a single message
 */
export async function tellStory(sql: Sql, settled: () => Promise<void> = () => Promise.resolve()) {
  const system = testSystem(sql);
  const { queue } = system;
  await system.setRates();
  const usd = await system.wallet('USD');
  const eur = await system.wallet('EUR');
  const thb = await system.wallet('THB');
  const other = await system.wallet('USD');

  const deliverOne = async () => {
    await system.process(queue.sent.splice(0, 1));
    await settled();
  };
  const deliverAll = async () => {
    while (queue.sent.length > 0) await deliverOne();
  };
  const story = { ...system, usd, eur, thb, other, deliverOne, deliverAll };
  const paid = await tellPayments(story);
  const refunded = await tellRefunds(story, paid.transfer, paid.toRefund, paid.spent);
  const holds = await tellHolds(story);
  const payouts = await tellPayouts(story);
  const links = await tellLinks(story);

  const giving = await system.transfer(usd, eur, 104n, 'RUB');
  await deliverOne();
  await deliverOne();
  const back = queue.sent.splice(0);
  const inFlight = await system.transfer(eur, thb, 2_000_003n, 'THB');
  await deliverOne();
  const pending = await system.receive(other, 5n, 'USD');
  queue.sent.push(...back);
  return {
    wallets: { usd, eur, thb, other },
    ids: { ...paid, ...refunded, ...holds, ...payouts, ...links, giving, inFlight, pending },
  };
}

/** What a chapter of the story has: the system, its wallets, and the way to deliver messages. */
interface Chapter extends ReturnType<typeof testSystem> {
  readonly usd: bigint;
  readonly eur: bigint;
  readonly thb: bigint;
  readonly other: bigint;
  readonly deliverOne: () => Promise<void>;
  readonly deliverAll: () => Promise<void>;
}

async function post(handler: HttpHandler, body: object, holdId?: string, name = 'holdId'): Promise<string> {
  const path = holdId === undefined ? {} : { path: { [name]: holdId } };
  const { payload, text } = await call(handler, { body, ...path });
  const id = payload.TransactionId ?? payload.HoldId;
  if (typeof id !== 'string') throw new Error(text);
  return id;
}

/** Receipts and transfers, declined and returned ones among them. */
async function tellPayments({ usd, eur, thb, other, deliverAll, handlers, ...system }: Chapter) {
  const received = {
    receipt: await system.receive(usd, 900_000_000n, 'USD'),
    converted: await system.receive(eur, 500_000_003n, 'THB'),
    nothing: await system.receive(eur, 1n, 'RUB'),
    spent: await system.receive(thb, 70_000_001n, 'EUR'),
    toRefund: await system.receive(other, 40_000_000n, 'RUB'),
  };
  await deliverAll();

  const transferred = {
    transfer: await post(handlers.transferAmount, {
      ...{ OriginWalletId: usd, TargetWalletId: eur, Amount: 100_000_007n, Currency: 'EUR' },
      ...{ Reference: 'order-1', Metadata: { shop: 'north' } },
    }),
    poor: await system.transfer(other, usd, 900_000_000_000n, 'USD'),
  };
  await system.transfer(eur, thb, 50_000_011n, 'THB');
  await system.transfer(thb, other, 76_000_013n, 'USD');
  await deliverAll();
  await call(handlers.updateCurrencies, { text: '{"Rates": {"EUR": 1.100007, "THB": 0.03}}' });
  await system.transfer(other, eur, 1_000_003n, 'RUB');
  // Over a millionth of a dollar, which rounds up to 2, and less than one of a euro.
  const returned = await post(handlers.transferAmount, {
    ...{ OriginWalletId: usd, TargetWalletId: eur, Amount: 103n, Currency: 'RUB' },
    Description: 'comes back',
  });
  await deliverAll();
  return { ...received, ...transferred, returned };
}

/** Refunds in part and in whole, a declined one, and one whose credit is returned. */
async function tellRefunds(
  { sql, handlers, deliverOne, deliverAll }: Chapter,
  transfer: string,
  toRefund: string,
  spent: string,
) {
  const refund = (TransactionId: string, Amount?: bigint) =>
    post(handlers.refundTransaction, { TransactionId, ...(Amount === undefined ? {} : { Amount }) });
  const refunded = {
    refund: await refund(transfer, 30_000_001n),
    payout: await refund(toRefund),
    poorRefund: await refund(spent),
  };
  await deliverAll();
  const refundReturned = await refund(transfer, 5_000_000n);
  await deliverOne();
  await sql`UPDATE currencies SET withdrawn_at = now() WHERE name = 'EUR'`;
  await deliverAll();
  await sql`UPDATE currencies SET withdrawn_at = NULL`;
  return { ...refunded, refundReturned };
}

/** Holds that are captured, released, over, active and refused, and a release that comes too late. */
async function tellHolds(chapter: Chapter) {
  const { sql, handlers, usd, eur, thb, deliverAll } = chapter;
  const hold = (WalletId: bigint, Amount: bigint) => post(handlers.holdAmount, { WalletId, Amount });
  const holds = {
    captured: await hold(usd, 10_000_000n),
    released: await hold(usd, 11_000_000n),
    expired: await hold(eur, 12_000_000n),
    held: await hold(usd, 13_000_000n),
    refused: await hold(thb, 900_000_000_000_000n),
  };
  await deliverAll();
  const ended = {
    capture: await post(handlers.captureHold, { TargetWalletId: thb, Amount: 4_000_000n }, holds.captured),
    tooLate: await post(handlers.releaseHold, {}, holds.captured),
    release: await post(handlers.releaseHold, {}, holds.released),
  };
  await sql`UPDATE holds SET expires_at = now() WHERE id = ${holds.expired}::uuid`;
  await relayOnce(chapter);
  await deliverAll();
  return { ...holds, ...ended };
}

/** Payouts: at once, confirmed, cancelled, and still held; and a hold in another currency that is captured twice. */
async function tellPayouts({ handlers, deliverAll, ...system }: Chapter) {
  const [payer, payee] = [await system.wallet('USD'), await system.wallet('THB')];
  await system.receive(payer, 50_000_000n, 'USD');
  const send = (Amount: bigint, Confirm = true) =>
    post(handlers.sendAmount, { WalletId: payer, Amount, Currency: 'USD', Confirm });
  const foreign = { WalletId: payer, Amount: 2_000_000n, Currency: 'THB', OverCapture: 10n };
  const made = {
    sent: await send(2_000_001n, false),
    confirmed: await send(3_000_001n),
    cancelled: await send(4_000_001n),
    waiting: await send(5_000_001n),
    foreign: await post(handlers.holdAmount, foreign),
  };
  await deliverAll();
  await post(handlers.confirmPayout, {}, made.confirmed, 'transactionId');
  await post(handlers.cancelPayout, {}, made.cancelled, 'transactionId');
  const capture = (Amount: bigint, Final: boolean) =>
    post(handlers.captureHold, { TargetWalletId: payee, Amount, Final }, made.foreign);
  const part = await capture(1_000_003n, false);
  const secondPart = await capture(1_000_003n, true);
  await deliverAll();
  return { ...made, part, secondPart };
}

/** Linked transactions: one of a receipt and a transfer, one that is declined, a refund of the first, and one that was refunded. */
async function tellLinks({ handlers, deliverAll, ...system }: Chapter) {
  const [buyer, seller] = [await system.wallet('USD'), await system.wallet('THB')];
  // For what is lost by rounding on the way back.
  await system.receive(seller, 10n, 'THB');
  await deliverAll();
  const Operations = [
    { WalletId: buyer, Amount: 9_000_000n, Currency: 'USD' },
    { OriginWalletId: buyer, TargetWalletId: seller, Amount: 7_000_003n, Currency: 'THB' },
    { OriginWalletId: seller, TargetWalletId: buyer, Amount: 100_001n, Currency: 'USD' },
  ];
  const linked = await post(handlers.acceptOperations, { Operations, Atomic: true });
  const split = await system.link([buyer, seller, 5n, 'USD'], [buyer, seller, 70_000_000n, 'USD']);
  await deliverAll();
  const linkedRefund = await post(handlers.refundTransaction, { TransactionId: linked });
  await deliverAll();
  return { linked, split, linkedRefund };
}

/** Tells the story once, and hands out copies of the database that it left: to be tampered with, so without triggers. */
export async function storyBooks() {
  const server = openDatabase(inject('postgresUrl'));
  const url = await emptyDatabase();
  await migrate(url);
  const origin = openDatabase(url, 4);
  const story = await tellStory(origin);
  await origin`ALTER TABLE operations DISABLE TRIGGER USER`;
  await origin`ALTER TABLE wallets DISABLE TRIGGER USER`;
  await origin`ALTER TABLE transaction_details DISABLE TRIGGER USER`;
  await origin.end();

  return {
    story,
    /** Gives a copy to work, and drops it after. */
    async copy<T>(work: (sql: Sql, url: string) => Promise<T>): Promise<T> {
      const name = `test_${randomUUID().replaceAll('-', '')}`;
      await server.unsafe(`CREATE DATABASE ${name} TEMPLATE ${new URL(url).pathname.slice(1)}`);
      const copy = new URL(url);
      copy.pathname = name;
      const sql = openDatabase(copy.href, 2);
      try {
        return await work(sql, copy.href);
      } finally {
        await sql.end({ timeout: 5 });
        await server.unsafe(`DROP DATABASE ${name} WITH (FORCE)`);
      }
    },
    close: () => server.end({ timeout: 5 }),
  };
}
