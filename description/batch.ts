import * as z from 'zod';
import { acceptOperations } from '../functions/batch.ts';
import { MAX_ENTRIES } from '../lib/accept/batch.ts';
import { MAX_TRANSFERS } from '../lib/accept/linked.ts';
import {
  linkedReceiptSchema,
  linkedTransferSchema,
  receiptSchema,
  transferSchema,
  triable,
} from '../lib/accept/transfer-schemas.ts';
import { details } from '../lib/wire/details.ts';
import { type Described, post } from './described.ts';
import { errorPayload } from './errors.ts';
import * as schemas from './schemas.ts';

export const IN = { description: 'Money from outside, for a wallet.' };
export const ACROSS = { description: 'Money from one wallet to another.' };

const batchReceipt = receiptSchema.meta({ id: 'BatchReceipt', ...IN });
const batchTransfer = transferSchema.meta({ id: 'BatchTransfer', ...ACROSS });
const linkedReceipt = linkedReceiptSchema.meta({ id: 'LinkedReceipt', ...IN });
export const linkedTransfer = linkedTransferSchema.meta({ id: 'LinkedTransfer', ...ACROSS });

/** Each entry by itself, with details of its own. */
const plain = z
  .strictObject({
    Operations: z
      .array(z.union([batchReceipt, batchTransfer]))
      .min(1)
      .max(MAX_ENTRIES),
    ...triable,
  })
  .meta({ id: 'Batch', description: 'Each operation is accepted or refused by itself.' });

/** All entries as one transaction, which has the details. */
const atomic = z
  .strictObject({
    Operations: z
      .array(z.union([linkedReceipt, linkedTransfer]))
      .min(1)
      .max(MAX_TRANSFERS),
    // Not a `const`: OpenAPI Generator makes a text of one that is a boolean.
    Atomic: z.boolean().meta({ not: { const: false }, description: 'Always true.' }),
    ...details,
    ...triable,
  })
  .meta({ id: 'AtomicBatch', description: 'All operations are one linked transaction.' });

/** Several receipts and transfers in one request. */
export const batch: Described = post(acceptOperations, {
  operationId: 'acceptBatch',
  tag: 'Transactions',
  summary: `Record up to ${MAX_ENTRIES} receipts and transfers`,
  description:
    'Each is accepted or refused by itself, in order. One `Idempotency-Key` covers the whole. With `Atomic` they are one linked ' +
    `transaction of up to ${MAX_TRANSFERS}: all succeed or none; details are then given to the whole, and the reply is its \`TransactionId\`.`,
  body: z.union([plain, atomic]),
  reply: z.union([
    z
      .strictObject({ Results: z.array(z.union([schemas.recorded, errorPayload])), ...schemas.tried })
      .meta({ id: 'BatchResults' }),
    schemas.accepted,
  ]) as z.ZodType<unknown> as z.ZodType<ReturnType<typeof acceptOperations.definition.payload>>,
  refusals: ['wallet_not_found', 'currency_not_allowed', 'same_wallet', 'reference_taken'],
});
