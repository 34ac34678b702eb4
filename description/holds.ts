import { extendHold } from '../functions/extensions.ts';
import { captureHold, holdAmount, releaseHold } from '../functions/holds.ts';
import { cancelPayout, confirmPayout, sendAmount } from '../functions/payouts.ts';
import { showHold, showHolds } from '../functions/read-holds.ts';
import { type Described, get, post } from './described.ts';
import * as schemas from './schemas.ts';

/** Money that leaves, some of it held first. */
export const payouts: readonly Described[] = [
  post(sendAmount, {
    operationId: 'sendAmount',
    tag: 'Transactions',
    summary: 'Send money of a wallet to the outside',
    description:
      'With `"Confirm": true` the amount is only held: the transaction is `processing` until `confirm` or `cancel` of it, ' +
      'however long that takes.',
    reply: schemas.accepted,
    refusals: ['wallet_not_found', 'currency_not_allowed', 'reference_taken'],
    waits: true,
  }),
  post(confirmPayout, {
    operationId: 'confirmPayout',
    tag: 'Transactions',
    summary: 'Say that a payout which is held was paid',
    description:
      'Exactly what is held is taken. Of several confirmations and cancellations the first one counts.',
    reply: schemas.accepted,
    refusals: ['transaction_not_found', 'payout_not_pending'],
    waits: true,
  }),
  post(cancelPayout, {
    operationId: 'cancelPayout',
    tag: 'Transactions',
    summary: 'Say that a payout which is held is not going to be paid',
    description: 'What is held is available again, and the transaction ends as `decline` with `cancelled`.',
    reply: schemas.accepted,
    refusals: ['transaction_not_found', 'payout_not_pending'],
    waits: true,
  }),
];

/** What is reserved. */
export const holds: readonly Described[] = [
  post(holdAmount, {
    operationId: 'holdAmount',
    tag: 'Holds',
    summary: 'Reserve an amount of a wallet',
    description:
      "The currency is the wallet's by default. Of another one, the hold keeps the rates at which it is placed. " +
      'Captures may exceed the amount by `OverCapture` in all, as far as money is available then.',
    reply: schemas.acceptedHold,
    refusals: ['wallet_not_found', 'currency_not_allowed', 'reference_taken'],
    waits: true,
  }),
  get(showHold, {
    operationId: 'getHold',
    tag: 'Holds',
    summary: 'Get a hold',
    reply: schemas.hold,
    refusals: ['fields_missing', 'hold_not_found'],
  }),
  post(captureHold, {
    operationId: 'captureHold',
    tag: 'Holds',
    summary: 'Transfer what a hold reserves, in whole or in part',
    description:
      'The rest is available again; with `"Final": false` it stays reserved for further captures. Without `Amount` it is what ' +
      'is left.',
    reply: schemas.accepted,
    refusals: [
      'hold_not_found',
      'wallet_not_found',
      'same_wallet',
      'hold_not_active',
      'capture_exceeds_hold',
    ],
    waits: true,
  }),
  post(releaseHold, {
    operationId: 'releaseHold',
    tag: 'Holds',
    summary: 'Give up what a hold still reserves',
    reply: schemas.accepted,
    refusals: ['hold_not_found', 'hold_not_active'],
    waits: true,
  }),
  post(extendHold(), {
    operationId: 'extendHold',
    tag: 'Holds',
    summary: 'Let a hold expire later',
    description: 'It never expires earlier than before.',
    reply: schemas.extended,
    refusals: ['hold_not_found', 'hold_not_active'],
  }),
  get(showHolds, {
    operationId: 'listHolds',
    tag: 'Holds',
    summary: "List a wallet's holds in the order in which they were placed",
    description:
      '`after` takes the `Next` of the page before, or the `Position` of a hold: no hold is ever passed over. Those that are ' +
      '`new` come once they are placed or declined.',
    reply: schemas.holdsPage,
    refusals: ['fields_missing', 'wallet_not_found'],
  }),
];
