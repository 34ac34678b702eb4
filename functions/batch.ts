import * as z from 'zod';
import type { OperationDeps } from '../lib/accept/accepted.ts';
import { acceptBatch, batchPayload, MAX_ENTRIES } from '../lib/accept/batch.ts';
import type { Receipt, Transfer } from '../lib/accept/transfer.ts';
import { receiptSchema, transferSchema } from '../lib/accept/transfer-schemas.ts';
import { apiKeys } from '../lib/access/caller.ts';
import { validate } from '../lib/http/request.ts';
import { command } from '../lib/http/route.ts';
import { send } from '../lib/messaging/wake-ups.ts';
import { database } from '../lib/postgres/database.ts';
import { entry } from '../lib/runtime/entry.ts';
import { list } from '../lib/wire/fields.ts';
import type { Result } from '../lib/wire/refusal.ts';

/** Five hundred entries with the longest numbers. */
const MAX_BODY_BYTES = 128 * 1024;

/** An entry is a transfer where it names an origin or a target, and a receipt otherwise. */
function readEntry(value: unknown): Result<Receipt | Transfer> {
  const fields = typeof value === 'object' && value !== null ? value : {};
  const isTransfer = 'OriginWalletId' in fields || 'TargetWalletId' in fields;
  return validate<Receipt | Transfer>(isTransfer ? transferSchema : receiptSchema, fields);
}

export const acceptOperations = command({
  scope: 'operations:write',
  maxBodyBytes: MAX_BODY_BYTES,
  input: z.strictObject({ Operations: list(MAX_ENTRIES) }),
  record: (sql, { Operations }, { newId, correlationId }, _path, claim) =>
    acceptBatch(sql, Operations.map(readEntry), newId, correlationId, claim),
  payload: batchPayload,
  afterCommit: async ({ queue }: OperationDeps, results) => {
    const wakeUps = results.flatMap((result) => (result.ok ? [result.value.wakeUp] : []));
    // One for each wallet, however many of the operations are its own.
    await queue.wake([...new Map(wakeUps.map((wakeUp) => [wakeUp.walletId, wakeUp])).values()]);
  },
});

export const accept = entry(database, send, apiKeys)(acceptOperations);
