import * as access from '../../../functions/access.ts';
import { acceptOperations, acceptOperationsSpread } from '../../../functions/batch.ts';
import * as currencies from '../../../functions/currencies.ts';
import { extendHold } from '../../../functions/extensions.ts';
import * as holds from '../../../functions/holds.ts';
import { linkTransfers, linkTransfersSpread } from '../../../functions/linked.ts';
import * as overview from '../../../functions/overview.ts';
import * as payouts from '../../../functions/payouts.ts';
import { createProcessor } from '../../../functions/processor.ts';
import { showHold, showHolds } from '../../../functions/read-holds.ts';
import { getStory, getTransaction, searchTransactions } from '../../../functions/read-transactions.ts';
import { getHistory, getWallet, listWallets } from '../../../functions/read-wallets.ts';
import { rebalanceGroups } from '../../../functions/rebalance.ts';
import { refundTransaction, refundTransactionSpread } from '../../../functions/refunds.ts';
import { downloadOperations } from '../../../functions/report-files.ts';
import * as reports from '../../../functions/reports.ts';
import * as transactions from '../../../functions/transactions.ts';
import * as walletRules from '../../../functions/wallet-rules.ts';
import * as wallets from '../../../functions/wallets.ts';
import * as webhooks from '../../../functions/webhooks.ts';
import type { ApiKeys } from '../../../lib/access/caller.ts';
import type { CountLetters } from '../../../lib/messaging/letter-count.ts';
import type { WakeUp } from '../../../lib/messaging/wake-ups.ts';
import type { Sql } from '../../../lib/postgres/database.ts';
import { newId } from '../../../lib/runtime/new-id.ts';
import { type Layout, ONE_SERVER } from '../../../lib/settle/layout.ts';
import { SPREAD } from '../../../lib/settle/spread.ts';
import { told } from '../description/told.ts';
import { call } from './client.ts';
import {
  type MemoryGraveyard,
  type MemoryResults,
  memoryBus,
  memoryFiles,
  memoryGraveyard,
  memoryQueue,
  memoryResults,
} from './memory.ts';

/** The rates of the contract's examples. */
export const RATES = '{"Rates": {"USD": 1.0, "EUR": 1.093809, "RUB": 0.009803, "THB": 0.029758}}';

/** A message that names a wallet. */
export const wakeUp = (walletId: bigint, group = 1): WakeUp => ({
  walletId,
  group,
  deduplicationId: 'x',
  correlationId: 'c',
});

/** An SQS event with one record per wake-up. */
export function sqsEvent(wakeUps: readonly WakeUp[], receiveCount = 1) {
  return {
    Records: wakeUps.map(({ walletId, group, correlationId }, index) => ({
      messageId: `message-${index}`,
      receiptHandle: `receipt-${index}`,
      body: JSON.stringify({ walletId: walletId.toString(), correlationId }),
      attributes: { MessageGroupId: String(group), ApproximateReceiveCount: String(receiveCount) },
    })),
  };
}

/** Whether the system works as on tables that are spread over several servers. */
const IS_SPREAD = process.env['SPREAD_BY_WALLET'] === 'yes';

/** What the handlers of the system need. */
interface Deps {
  readonly sql: Sql;
  readonly queue: ReturnType<typeof memoryQueue>;
  readonly bus: ReturnType<typeof memoryBus>;
  readonly files: ReturnType<typeof memoryFiles>;
  readonly apiKeys: ApiKeys;
  readonly layout: Layout;
  readonly results: MemoryResults;
  readonly countLetters: CountLetters;
}

function makeHandlers(deps: Deps, groups: number) {
  const accept = IS_SPREAD
    ? { batch: acceptOperationsSpread, refund: refundTransactionSpread, link: linkTransfersSpread }
    : { batch: acceptOperations, refund: refundTransaction, link: linkTransfers };
  return {
    updateCurrencies: told(currencies.updateCurrencies, deps),
    getCurrencies: told(currencies.getCurrencies, deps),
    getRates: told(currencies.getRates, deps),
    getConversion: told(currencies.getConversion, deps),
    createWallet: told(wallets.createWallet(groups), deps),
    getWallet: told(getWallet, deps),
    listWallets: told(listWallets, deps),
    getHistory: told(getHistory, deps),
    freezeWallet: told(walletRules.freezeWallet(), deps),
    unfreezeWallet: told(walletRules.unfreezeWallet(), deps),
    closeWallet: told(walletRules.closeWallet(), deps),
    renameWallet: told(walletRules.renameWallet(), deps),
    limitWallet: told(walletRules.limitWallet(), deps),
    addAlert: told(walletRules.addAlert, deps),
    removeAlert: told(walletRules.removeAlert, deps),
    listAlerts: told(walletRules.listAlerts, deps),
    receiveAmount: told(transactions.receiveAmount, deps),
    transferAmount: told(transactions.transferAmount, deps),
    getTransaction: told(getTransaction, deps),
    getStory: told(getStory, deps),
    searchTransactions: told(searchTransactions, deps),
    refundTransaction: told(accept.refund, deps),
    holdAmount: told(holds.holdAmount, deps),
    captureHold: told(holds.captureHold, deps),
    releaseHold: told(holds.releaseHold, deps),
    extendHold: told(extendHold(), deps),
    showHold: told(showHold, deps),
    showHolds: told(showHolds, deps),
    sendAmount: told(payouts.sendAmount, deps),
    confirmPayout: told(payouts.confirmPayout, deps),
    cancelPayout: told(payouts.cancelPayout, deps),
    acceptOperations: told(accept.batch, deps),
    listOperations: told(reports.listOperations, deps),
    downloadOperations: told(downloadOperations, deps),
    totalOperations: told(reports.totalOperations, deps),
    rebalanceGroups: told(rebalanceGroups(groups), deps),
    getOverview: told(overview.getOverview, deps),
    getGroups: told(overview.getGroups(groups), deps),
    linkTransfers: told(accept.link, deps),
    ...makeWebhookHandlers(deps),
    ...makeKeyHandlers(deps),
  };
}

function makeWebhookHandlers(deps: Deps) {
  return {
    createWebhook: told(webhooks.createWebhook('local'), deps),
    listWebhooks: told(webhooks.listWebhooks, deps),
    disableWebhook: told(webhooks.disableWebhook, deps),
    enableWebhook: told(webhooks.enableWebhook, deps),
    rotateSecret: told(webhooks.rotateSecret, deps),
    testWebhook: told(webhooks.testWebhook, deps),
    showDeliveries: told(webhooks.showDeliveries, deps),
    resend: told(webhooks.resend, deps),
  };
}

function makeKeyHandlers(deps: Deps) {
  return {
    getOwnKey: told(access.getOwnKey, deps),
    listKeys: told(access.listKeys, deps),
    createKey: told(access.createKey, deps),
    limitKey: told(access.limitKey, deps),
    revokeKey: told(access.revokeKey, deps),
  };
}

type LinkedTransfer = readonly [
  OriginWalletId: bigint,
  TargetWalletId: bigint,
  Amount: bigint,
  Currency: string,
];

/** Records transfers that succeed together or not at all, to be settled later. */
const linking =
  ({ linkTransfers }: ReturnType<typeof makeHandlers>) =>
  async (...transfers: readonly LinkedTransfer[]): Promise<string> => {
    const Transfers = transfers.map(([OriginWalletId, TargetWalletId, Amount, Currency]) => {
      return { OriginWalletId, TargetWalletId, Amount, Currency };
    });
    return (await call(linkTransfers, { body: { Transfers } })).payload.TransactionId;
  };

const counters = (graveyard: MemoryGraveyard) => ({
  results: memoryResults(),
  countLetters: () => Promise.resolve(graveyard.letters.length),
});

/** A Lambda with time left. */
const lambda = { getRemainingTimeInMillis: () => 30_000 };

/** The real handlers over a real database, with a queue and a bus in memory. */
export function testSystem(sql: Sql, groups = 2, apiKeys: ApiKeys = 'off') {
  const queue = memoryQueue();
  const bus = memoryBus();
  const files = memoryFiles();
  const graveyard = memoryGraveyard();
  const layout: Layout = IS_SPREAD ? SPREAD : ONE_SERVER;
  const processor = createProcessor({ sql, queue, bus, graveyard, layout });
  const deps = { sql, queue, bus, files, apiKeys, layout, ...counters(graveyard) };
  const handlers = makeHandlers(deps, groups);

  return {
    ...{ sql, deps, queue, bus, graveyard, layout, files, handlers },
    process: async (wakeUps: readonly WakeUp[], receiveCount = 1) =>
      await processor(sqsEvent(wakeUps, receiveCount), lambda),

    /** Delivers what was sent, batch by batch, until nothing is left. */
    async settleAll(): Promise<void> {
      for (;;) {
        const batch = queue.sent.splice(0, 10);
        if (batch.length === 0) return;
        const { batchItemFailures } = await processor(sqsEvent(batch), lambda);
        if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} messages failed`);
      }
    },

    async setRates(): Promise<void> {
      await call(handlers.updateCurrencies, { text: RATES });
    },

    async wallet(Currency: string): Promise<bigint> {
      const body = { Name: 'Jon Snow', Country: 'UK', City: 'London', Currency };
      return (await call(handlers.createWallet, { body })).payload.WalletID;
    },

    /** Records money in, to be settled later. */
    async receive(WalletId: bigint, Amount: bigint, Currency: string): Promise<string> {
      const answer = await call(handlers.receiveAmount, { body: { WalletId, Amount, Currency } });
      return answer.payload.TransactionId;
    },

    /** Records a transfer, to be settled later. */
    async transfer(
      OriginWalletId: bigint,
      TargetWalletId: bigint,
      Amount: bigint,
      Currency: string,
    ): Promise<string> {
      const body = { OriginWalletId, TargetWalletId, Amount, Currency };
      return (await call(handlers.transferAmount, { body })).payload.TransactionId;
    },

    async balance(walletId: bigint): Promise<bigint> {
      return (await call(handlers.getWallet, { path: { walletId: walletId.toString() } })).payload.Balance;
    },

    async transaction(transactionId: string): Promise<any> {
      return (await call(handlers.getTransaction, { path: { transactionId } })).payload;
    },

    link: linking(handlers),
    newId,
  };
}
