import {
  addAlert,
  closeWallet,
  freezeWallet,
  limitWallet,
  listAlerts,
  removeAlert,
  renameWallet,
  unfreezeWallet,
} from '../functions/wallet-rules.ts';
import { MAX_ALERTS } from '../lib/wallets/alerts.ts';
import { alert, alerts } from './alert-schemas.ts';
import { type Described, get, post } from './described.ts';
import * as schemas from './schemas.ts';

/** The routes that change a wallet's name, state, limits and alerts. */
export const walletRules: readonly Described[] = [
  post(freezeWallet(), {
    operationId: 'freezeWallet',
    tag: 'Wallets',
    summary: 'Freeze a wallet for what comes in, goes out, or both',
    description: 'It counts for what is settled from then on: that is declined as `wallet_frozen`.',
    reply: schemas.ruledWallet,
    refusals: ['wallet_not_found', 'wallet_closed'],
  }),
  post(unfreezeWallet(), {
    operationId: 'unfreezeWallet',
    tag: 'Wallets',
    summary: 'End the freezing of a wallet',
    reply: schemas.ruledWallet,
    refusals: ['wallet_not_found', 'wallet_closed'],
  }),
  post(closeWallet(), {
    operationId: 'closeWallet',
    tag: 'Wallets',
    summary: 'Close an empty wallet for good',
    description: 'Everything for it is declined as `wallet_closed` from then on.',
    reply: schemas.ruledWallet,
    refusals: ['wallet_not_found', 'wallet_not_empty'],
  }),
  post(renameWallet(), {
    operationId: 'renameWallet',
    tag: 'Wallets',
    summary: 'Give a wallet another name',
    reply: schemas.ruledWallet,
    refusals: ['wallet_not_found'],
  }),
  post(addAlert, {
    operationId: 'addAlert',
    tag: 'Wallets',
    summary: "Add an alert at an edge of a wallet's balance",
    description:
      'The event `BalanceCrossed` tells each operation that takes the balance from the edge or its quiet side to less than `Balance` ' +
      '(`below`), or to more (`above`). It counts for what is settled from then on. One at the same edge is there once: adding it again ' +
      `answers with the first. A wallet has ${MAX_ALERTS} at most.`,
    reply: alert,
    refusals: ['wallet_not_found', 'wallet_closed', 'too_many_alerts'],
  }),
  post(removeAlert, {
    operationId: 'removeAlert',
    tag: 'Wallets',
    summary: 'Remove an alert of a wallet',
    description: 'What is settled from then on does not fire it. The reply has what was removed.',
    reply: alert,
    refusals: ['wallet_not_found', 'alert_not_found'],
  }),
  get(listAlerts, {
    operationId: 'listAlerts',
    tag: 'Wallets',
    summary: "List a wallet's alerts",
    description: `All of them, ${MAX_ALERTS} at most, the oldest first.`,
    reply: alerts,
    refusals: ['fields_missing', 'wallet_not_found'],
  }),
  post(limitWallet(), {
    operationId: 'limitWallet',
    tag: 'Wallets',
    summary: "Change a wallet's limits",
    description:
      "In the wallet's currency. What is missing stays as it is, and null removes a limit. It counts for what is settled from then on.",
    reply: schemas.ruledWallet,
    refusals: ['wallet_not_found', 'wallet_closed', 'credit_in_use', 'amount_out_of_range'],
  }),
];
