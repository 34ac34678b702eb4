import * as z from 'zod';
import { amount, currency, walletId } from '../wire/fields.ts';

/** A receipt, as a request of its own and in a batch. */
export const receiptSchema = z.strictObject({ WalletId: walletId, Amount: amount, Currency: currency });

/** A transfer, as a request of its own and in a batch. */
export const transferSchema = z.strictObject({
  OriginWalletId: walletId,
  TargetWalletId: walletId,
  Amount: amount,
  Currency: currency,
});
