import * as z from 'zod';
import {
  type Accepted,
  identityOf,
  type OperationDeps,
  type Recording,
  transactionPayload,
} from '../lib/accept/accepted.ts';
import { acceptBatch, batchPayload, MAX_ENTRIES } from '../lib/accept/batch.ts';
import { triedBatch, triedOne, walletsOfTransfers } from '../lib/accept/dry-run.ts';
import { acceptLinked, type Linked, MAX_TRANSFERS } from '../lib/accept/linked.ts';
import { acceptBatchSpread } from '../lib/accept/spread.ts';
import { acceptLinkedSpread } from '../lib/accept/spread-linked.ts';
import type { Receipt, Transfer } from '../lib/accept/transfer.ts';
import {
  linkedReceiptSchema,
  linkedTransferSchema,
  receiptSchema,
  transferSchema,
  triable,
} from '../lib/accept/transfer-schemas.ts';
import { apiKeys } from '../lib/access/caller.ts';
import { database } from '../lib/aws/database.ts';
import { letters, validateEntry } from '../lib/http/request.ts';
import { command } from '../lib/http/route.ts';
import { send } from '../lib/messaging/wake-ups.ts';
import type { Tx } from '../lib/postgres/database.ts';
import { showDryRun } from '../lib/reports/dry-run.ts';
import { entry } from '../lib/runtime/entry.ts';
import { settleAndUndo } from '../lib/settle/at-once.ts';
import { DETAILS, type Details, details } from '../lib/wire/details.ts';
import { flag, list } from '../lib/wire/fields.ts';
import { isJsonObject } from '../lib/wire/json.ts';
import { ok, type Result, refused } from '../lib/wire/refusal.ts';

/** Five hundred entries with the longest numbers, and two kilobytes of details each. */
const MAX_BODY_BYTES = 1024 * 1024;

/** The names that only a transfer has, in whatever case they are written. */
const TRANSFER_ONLY: ReadonlySet<string> = new Set(['OriginWalletId', 'TargetWalletId'].map(letters));

/** An entry is a transfer where it names an origin or a target, and a receipt otherwise. */
const isTransfer = (value: unknown): boolean =>
  isJsonObject(value) && Object.keys(value).some((name) => TRANSFER_ONLY.has(letters(name)));

const entryReader =
  (receipt: z.ZodType<Receipt>, transfer: z.ZodType<Transfer>) =>
  (value: unknown): Result<Receipt | Transfer> =>
    validateEntry<Receipt | Transfer>(
      isTransfer(value) ? transfer : receipt,
      value,
      'an entry of Operations',
    );

const readEntry = entryReader(receiptSchema, transferSchema);

/** The same of an entry without details of its own. */
const readLinkedEntry = entryReader(linkedReceiptSchema, linkedTransferSchema);

interface Requested extends Details {
  readonly Operations: readonly unknown[];
  /** Whether all are accepted and succeed, or none. */
  readonly Atomic: boolean;
}

/** A linked transaction, or why it can't be one. */
function linkedOf({ Operations, Reference, Description, Metadata }: Requested): Result<Linked> {
  if (Operations.length > MAX_TRANSFERS)
    return refused(
      'invalid_field',
      `Operations must have at most ${MAX_TRANSFERS} entries with Atomic, not ${Operations.length}`,
    );
  const transfers = Operations.map(readLinkedEntry);
  return ok({ Reference, Description, Metadata, transfers, noun: 'operation' });
}

/** Details are given to each entry, but to the whole if it is one transaction. */
function refuseDetails(requested: Requested): Result<Requested> {
  const given = DETAILS.find((name) => requested[name] !== undefined);
  return given === undefined
    ? ok(requested)
    : refused('invalid_field', `${given} belongs to an entry of Operations, or to a batch with Atomic`);
}

/** What became of each entry, or of all together. */
type Outcome = readonly Result<Accepted>[] | Accepted;

const isAtomic = (outcome: Outcome): outcome is Accepted => !Array.isArray(outcome);

const batch = {
  route: 'POST /batch',
  scope: 'operations:write',
  maxBodyBytes: MAX_BODY_BYTES,
  input: z.strictObject({ Operations: list(MAX_ENTRIES), Atomic: flag, ...details, ...triable }),
  payload: (outcome: Outcome) => (isAtomic(outcome) ? transactionPayload(outcome) : batchPayload(outcome)),
  dryRun: {
    scope: triedBatch.scope,
    settle: settleAndUndo(showDryRun),
    transactions: (outcome: Outcome) =>
      isAtomic(outcome) ? triedOne.transactions(outcome) : triedBatch.transactions(outcome),
    payload: (outcome: Outcome, tried: Parameters<typeof triedOne.payload>[1]) =>
      isAtomic(outcome) ? triedOne.payload(outcome, tried) : triedBatch.payload(outcome, tried),
    wallets: async (_tx: Tx, { Operations, Atomic }: Requested) =>
      walletsOfTransfers(
        Operations.map(Atomic ? readLinkedEntry : readEntry).flatMap((each) => (each.ok ? [each.value] : [])),
      ),
  },
  afterCommit: async ({ queue }: OperationDeps, outcome: Outcome) => {
    const results = isAtomic(outcome) ? [ok(outcome)] : outcome;
    const wakeUps = results.flatMap((result) => (result.ok ? [result.value.wakeUp] : []));
    // One for each wallet, however many of the operations are its own.
    await queue.wake([...new Map(wakeUps.map((wakeUp) => [wakeUp.walletId, wakeUp])).values()]);
  },
} as const;

/** Records a batch as one transaction or as many, as it was requested. */
async function recordEither<Whole, Each>(
  requested: Requested,
  whole: (linked: Linked) => Promise<Whole>,
  each: (entries: readonly Result<Receipt | Transfer>[]) => Promise<Each>,
): Promise<Whole | Each | Result<never>> {
  if (requested.Atomic) {
    const linked = linkedOf(requested);
    return linked.ok ? await whole(linked.value) : linked;
  }
  const plain = refuseDetails(requested);
  return plain.ok ? await each(requested.Operations.map(readEntry)) : plain;
}

export const acceptOperations = command({
  ...batch,
  record: (sql, requested, context, _path, claim): Promise<Recording<Outcome>> =>
    recordEither(
      requested,
      (linked) => acceptLinked(sql, linked, identityOf(context), claim),
      (entries) => acceptBatch(sql, entries, context, claim),
    ),
});

/** The same on tables that are spread over several servers. */
export const acceptOperationsSpread = command({
  ...batch,
  transact: (tx, requested, context): Promise<Result<Outcome>> =>
    recordEither(
      requested,
      (linked) => acceptLinkedSpread(tx, linked, identityOf(context)),
      (entries) => acceptBatchSpread(tx, entries, context),
    ),
});

export const accept = entry(database, send, apiKeys)(acceptOperations);
