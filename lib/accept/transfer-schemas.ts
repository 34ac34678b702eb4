import * as z from 'zod';
import { details } from '../wire/details.ts';
import { amount, currency, flag, walletId } from '../wire/fields.ts';

/** What every request may have that moves money: whether it is only tried out. */
export const triable = { DryRun: flag };

/** A receipt of a linked transaction: what is given to know it by belongs to the whole. */
export const linkedReceiptSchema = z.strictObject({ WalletId: walletId, Amount: amount, Currency: currency });

/** A receipt in a batch. */
export const receiptSchema = linkedReceiptSchema.extend(details);

/** A receipt as a request of its own. */
export const receiptRequest = receiptSchema.extend(triable);

/** A transfer of a linked transaction. */
export const linkedTransferSchema = z.strictObject({
  OriginWalletId: walletId,
  TargetWalletId: walletId,
  Amount: amount,
  Currency: currency,
});

/** A transfer in a batch. */
export const transferSchema = linkedTransferSchema.extend(details);

/** A transfer as a request of its own. */
export const transferRequest = transferSchema.extend(triable);
