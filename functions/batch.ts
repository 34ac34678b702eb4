import * as z from 'zod';
import type { Accepted, OperationDeps } from '../lib/accept/accepted.ts';
import { acceptBatch, batchPayload, MAX_ENTRIES } from '../lib/accept/batch.ts';
import { triedBatch, walletsOfTransfers } from '../lib/accept/dry-run.ts';
import { acceptBatchSpread } from '../lib/accept/spread.ts';
import type { Receipt, Transfer } from '../lib/accept/transfer.ts';
import { receiptSchema, transferSchema, triable } from '../lib/accept/transfer-schemas.ts';
import { apiKeys } from '../lib/access/caller.ts';
import { database } from '../lib/aws/database.ts';
import { letters, validate } from '../lib/http/request.ts';
import { command } from '../lib/http/route.ts';
import { send } from '../lib/messaging/wake-ups.ts';
import type { Tx } from '../lib/postgres/database.ts';
import { showDryRun } from '../lib/reports/dry-run.ts';
import { entry } from '../lib/runtime/entry.ts';
import { settleAndUndo } from '../lib/settle/at-once.ts';
import { shown } from '../lib/wire/field.ts';
import { list } from '../lib/wire/fields.ts';
import { isJsonObject } from '../lib/wire/json.ts';
import { type Result, refused } from '../lib/wire/refusal.ts';

/** Five hundred entries with the longest numbers, and two kilobytes of details each. */
const MAX_BODY_BYTES = 1024 * 1024;

/** The names that only a transfer has, in whatever case they are written. */
const TRANSFER_ONLY: ReadonlySet<string> = new Set(['OriginWalletId', 'TargetWalletId'].map(letters));

/** An entry is a transfer where it names an origin or a target, and a receipt otherwise. */
function readEntry(value: unknown): Result<Receipt | Transfer> {
  if (!isJsonObject(value))
    return refused('invalid_field', `an entry of Operations must be an object, not ${shown(value)}`);
  const isTransfer = Object.keys(value).some((name) => TRANSFER_ONLY.has(letters(name)));
  return validate<Receipt | Transfer>(isTransfer ? transferSchema : receiptSchema, value);
}

const batch = {
  route: 'POST /batch',
  scope: 'operations:write',
  maxBodyBytes: MAX_BODY_BYTES,
  input: z.strictObject({ Operations: list(MAX_ENTRIES), ...triable }),
  payload: batchPayload,
  dryRun: {
    ...triedBatch,
    settle: settleAndUndo(showDryRun),
    wallets: async (_tx: Tx, { Operations }: { readonly Operations: readonly unknown[] }) =>
      walletsOfTransfers(Operations.map(readEntry).flatMap((entry) => (entry.ok ? [entry.value] : []))),
  },
  afterCommit: async ({ queue }: OperationDeps, results: readonly Result<Accepted>[]) => {
    const wakeUps = results.flatMap((result) => (result.ok ? [result.value.wakeUp] : []));
    // One for each wallet, however many of the operations are its own.
    await queue.wake([...new Map(wakeUps.map((wakeUp) => [wakeUp.walletId, wakeUp])).values()]);
  },
} as const;

export const acceptOperations = command({
  ...batch,
  record: (sql, { Operations }, context, _path, claim) =>
    acceptBatch(sql, Operations.map(readEntry), context, claim),
});

/** The same on tables that are spread over several servers. */
export const acceptOperationsSpread = command({
  ...batch,
  transact: (tx, { Operations }, context) => acceptBatchSpread(tx, Operations.map(readEntry), context),
});

export const accept = entry(database, send, apiKeys)(acceptOperations);
