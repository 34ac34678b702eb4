import {
  closeWallet,
  freezeWallet,
  limitWallet,
  renameWallet,
  unfreezeWallet,
} from '../functions/wallet-rules.ts';
import { type Described, post } from './described.ts';
import * as schemas from './schemas.ts';

/** The routes that change a wallet's name, state and limits. */
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
