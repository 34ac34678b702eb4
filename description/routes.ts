import * as z from 'zod';
import { getConversion, getCurrencies, getRates, updateCurrencies } from '../functions/currencies.ts';
import { getEventSchemas, getOpenApi } from '../functions/describe.ts';
import { getHealth } from '../functions/health.ts';
import { linkTransfers } from '../functions/linked.ts';
import { getLive } from '../functions/live.ts';
import { getTransaction, searchTransactions } from '../functions/read-transactions.ts';
import { getWallet, listWallets } from '../functions/read-wallets.ts';
import { refundTransaction } from '../functions/refunds.ts';
import { downloadOperations } from '../functions/report-files.ts';
import { listOperations, totalOperations } from '../functions/reports.ts';
import { receiveAmount, transferAmount } from '../functions/transactions.ts';
import { createWallet } from '../functions/wallets.ts';
import { MAX_TRANSFERS } from '../lib/accept/linked.ts';
import { receiptRequest, transferRequest, triable } from '../lib/accept/transfer-schemas.ts';
import { details } from '../lib/wire/details.ts';
import { ACROSS, batch, IN, linkedTransfer } from './batch.ts';
import { type Described, get, getFile, post } from './described.ts';
import { histories, ratesPage } from './history.ts';
import { holds, payouts } from './holds.ts';
import { keys } from './keys.ts';
import { overviews } from './overview.ts';
import * as schemas from './schemas.ts';
import { stories } from './story.ts';
import { walletRules } from './wallet-rules.ts';
import { webhooks } from './webhooks.ts';

/** The groups that new wallets are dealt over matter to nobody who reads a description. */
const ANY_GROUPS = 1;

const receipt = receiptRequest.meta({ id: 'Receipt', ...IN });
const transfer = transferRequest.meta({ id: 'Transfer', ...ACROSS });

const currencies: readonly Described[] = [
  post(updateCurrencies, {
    operationId: 'updateCurrencies',
    tag: 'Currencies',
    summary: 'Set rates',
    description:
      'The rates count at once, for what is settled from then on. `USD` is 1, and needs no update to exist.',
    reply: schemas.nothing,
    refusals: ['too_many_currencies'],
  }),
  get(getCurrencies, {
    operationId: 'listCurrencies',
    tag: 'Currencies',
    summary: 'List the currencies and their rates',
    reply: schemas.currencies,
  }),
  get(getRates, {
    operationId: 'listRates',
    tag: 'Currencies',
    summary: 'List the rates that a currency had',
    description:
      'The newest first: each counts from its `SetAt` until the next one. `from` and `to` are about that time; without them it is all of them. Go on with ' +
      '`to`, the `Next` of the page before. `USD` is always 1, and has none. Any key may ask.',
    reply: ratesPage,
    refusals: ['fields_missing', 'currency_not_allowed'],
  }),
  get(getConversion, {
    operationId: 'convertAmount',
    tag: 'Currencies',
    summary: 'Convert an amount at the current rates',
    description: 'Rounded down, as what a wallet gets is.',
    reply: schemas.conversion,
    refusals: ['fields_missing', 'currency_not_allowed', 'amount_out_of_range'],
  }),
];

const wallets: readonly Described[] = [
  post(createWallet(ANY_GROUPS), {
    operationId: 'createWallet',
    tag: 'Wallets',
    summary: 'Create a wallet',
    description: '`OwnerId` is for who has several wallets: in several currencies, for example.',
    reply: schemas.newWallet,
    refusals: ['currency_not_allowed', 'reference_taken'],
  }),
  get(getWallet, {
    operationId: 'getWallet',
    tag: 'Wallets',
    summary: 'Get a wallet, or its balance at a past moment',
    description:
      'With `at`, the payload is the balance at that moment, which never changes once it was told.',
    reply: z.union([schemas.wallet, schemas.pastBalance]),
    refusals: ['fields_missing', 'wallet_not_found'],
  }),
  get(listWallets, {
    operationId: 'listWallets',
    tag: 'Wallets',
    summary: 'List the wallets by id, or find some of them',
    description:
      '`after` takes the `Next` of the page before. No wallet is ever passed over. With filters a page may have fewer than `limit`, even none, though more follow: ' +
      'go on until `Next` is null.',
    reply: schemas.walletsPage,
    refusals: ['currency_not_allowed'],
  }),
  ...walletRules,
];

const transactions: readonly Described[] = [
  post(receiveAmount, {
    operationId: 'receiveAmount',
    tag: 'Transactions',
    summary: 'Add money from outside to a wallet',
    body: receipt,
    reply: schemas.accepted,
    refusals: ['wallet_not_found', 'currency_not_allowed', 'reference_taken'],
    waits: true,
  }),
  post(transferAmount, {
    operationId: 'transferAmount',
    tag: 'Transactions',
    summary: 'Move money from one wallet to another',
    description: 'The currency may be of neither wallet: each side converts by itself.',
    body: transfer,
    reply: schemas.accepted,
    refusals: ['wallet_not_found', 'currency_not_allowed', 'same_wallet', 'reference_taken'],
    waits: true,
  }),
  ...payouts,
  get(getTransaction, {
    operationId: 'getTransaction',
    tag: 'Transactions',
    summary: 'Get a transaction',
    description:
      'Ask until `Status` is `success` or `decline`, first after 50 ms, then in growing steps up to 2 s.',
    reply: schemas.transaction,
    refusals: ['fields_missing', 'transaction_not_found'],
  }),
  ...stories,
  get(searchTransactions, {
    operationId: 'searchTransactions',
    tag: 'Transactions',
    summary: 'Find transactions',
    description:
      'Go on with `after`, the `Next` of the page before, and the same parameters, as long as `More` is true: a page may have fewer than `limit` ' +
      'transactions, even none, since it looks at a bounded number of operations.',
    reply: schemas.transactionsPage,
    refusals: ['filter_missing', 'wallet_not_found', 'currency_not_allowed'],
  }),
  post(refundTransaction, {
    operationId: 'refundTransaction',
    tag: 'Transactions',
    summary: 'Give back a receipt or a transfer, in whole or in part',
    description: 'Without `Amount` it is what was not refunded yet.',
    reply: schemas.accepted,
    refusals: ['transaction_not_found', 'not_refundable', 'refund_exceeds_transaction', 'reference_taken'],
    waits: true,
  }),
  post(linkTransfers, {
    operationId: 'linkTransfers',
    tag: 'Transactions',
    summary: `Move money in up to ${MAX_TRANSFERS} transfers at once, all or none`,
    description:
      'Between any wallets, in any currencies. They are settled in their order, so one may move what another brought. If one fails, none ' +
      'moves anything, and `DeclinedNumber` says which.',
    body: z
      .strictObject({ Transfers: z.array(linkedTransfer).min(1).max(MAX_TRANSFERS), ...details, ...triable })
      .meta({ id: 'LinkedTransfers' }),
    reply: schemas.accepted,
    refusals: ['wallet_not_found', 'currency_not_allowed', 'same_wallet', 'reference_taken'],
    waits: true,
  }),
  batch,
];

const reports: readonly Described[] = [
  get(listOperations, {
    operationId: 'listOperations',
    tag: 'Reports',
    summary: "List a wallet's operations in the order of booking",
    description:
      'Go on with `after`, the `Next` of the page before, whose period it has: `from` and `to` may be left out then. A page with fewer than its `Limit` ' +
      'operations is the last one for now. `from` is one month ago by default, `to` is now. With `order=desc` the list begins with the newest.',
    reply: schemas.operationsPage,
    refusals: ['fields_missing', 'wallet_not_found'],
  }),
  getFile(downloadOperations, {
    operationId: 'downloadOperations',
    fileType: 'text/csv',
    tag: 'Reports',
    summary: "A wallet's operations as a CSV file",
    description:
      'A long file comes as a 303 with its address in `Location`, which works for five minutes, without a key.',
    refusals: ['fields_missing', 'wallet_not_found', 'report_too_large', 'files_unavailable'],
  }),
  get(totalOperations, {
    operationId: 'totalOperations',
    tag: 'Reports',
    summary: 'What came into a wallet and went out of it',
    description: 'Only what succeeded, each operation converted and rounded down by itself.',
    reply: schemas.totals,
    refusals: ['fields_missing', 'wallet_not_found', 'currency_not_allowed'],
  }),
  ...histories,
];

const service: readonly Described[] = [
  get(getHealth, {
    operationId: 'health',
    tag: 'Service',
    summary: 'Whether the database takes writes',
    reply: z.strictObject({ Status: z.string(), Database: z.string() }).meta({ id: 'Health' }),
  }),
  get(getLive, {
    operationId: 'live',
    tag: 'Service',
    summary: 'Whether functions run',
    description: 'Without a key, and without the database.',
    reply: z.strictObject({ Status: z.string() }).meta({ id: 'Live' }),
  }),
  getFile(getOpenApi, {
    operationId: 'getOpenApi',
    tag: 'Service',
    fileType: 'application/json',
    summary: 'This description',
    description: 'Without a key. With `amounts=string` it has amounts and ids as strings of digits.',
  }),
  getFile(getEventSchemas, {
    operationId: 'getEventSchemas',
    tag: 'Service',
    fileType: 'application/json',
    summary: 'The JSON Schema of the events',
    description: 'Without a key.',
  }),
];

/** Every route that is described, in the order of a reference. */
export const DESCRIBED: readonly Described[] = [
  ...currencies,
  ...wallets,
  ...transactions,
  ...holds,
  ...reports,
  ...webhooks,
  ...overviews,
  ...keys,
  ...service,
];
