import * as z from 'zod';
import { awaits, identityOf, operationReply } from '../lib/accept/accepted.ts';
import { triedOne, walletsOfTransfers } from '../lib/accept/dry-run.ts';
import { acceptLinked, type Linked, MAX_TRANSFERS } from '../lib/accept/linked.ts';
import { acceptLinkedSpread } from '../lib/accept/spread-linked.ts';
import { linkedTransferSchema, triable } from '../lib/accept/transfer-schemas.ts';
import { apiKeys } from '../lib/access/caller.ts';
import { database } from '../lib/aws/database.ts';
import { eachRoute } from '../lib/http/each-route.ts';
import { validateEntry } from '../lib/http/request.ts';
import { command } from '../lib/http/route.ts';
import { publish } from '../lib/messaging/event-bus-later.ts';
import { send } from '../lib/messaging/wake-ups.ts';
import type { Tx } from '../lib/postgres/database.ts';
import { showDryRun } from '../lib/reports/dry-run.ts';
import { showTransaction } from '../lib/reports/transaction.ts';
import { entry } from '../lib/runtime/entry.ts';
import { settleAndUndo, settleAtOnce } from '../lib/settle/at-once.ts';
import { type Details, details } from '../lib/wire/details.ts';
import { list } from '../lib/wire/fields.ts';
import { transferAmount } from './transactions.ts';

/** What a request says; each transfer is read by itself, so that a refusal names its number. */
interface Requested extends Details {
  readonly Transfers: readonly unknown[];
}

const linkedOf = ({ Transfers, ...given }: Requested): Linked => ({
  ...given,
  transfers: Transfers.map((value) => validateEntry(linkedTransferSchema, value, 'a transfer')),
  noun: 'transfer',
});

const linking = {
  route: 'POST /transaction',
  scope: 'operations:write',
  input: z.strictObject({ Transfers: list(MAX_TRANSFERS), ...details, ...triable }),
  ...operationReply,
  // All of its wallets are locked together: they are read first.
  waiting: {
    scope: 'wallets:read',
    awaits: (payload: unknown) => awaits(payload, undefined),
    settle: settleAtOnce(showTransaction),
  },
  dryRun: {
    ...triedOne,
    settle: settleAndUndo(showDryRun),
    wallets: async (_tx: Tx, requested: Requested) =>
      walletsOfTransfers(linkedOf(requested).transfers.flatMap((each) => (each.ok ? [each.value] : []))),
  },
} as const;

export const linkTransfers = command({
  ...linking,
  record: (sql, requested, context, _path, claim) =>
    acceptLinked(sql, linkedOf(requested), identityOf(context), claim),
});

/** The same on tables that are spread over several servers. */
export const linkTransfersSpread = command({
  ...linking,
  transact: (tx, requested, context) => acceptLinkedSpread(tx, linkedOf(requested), identityOf(context)),
});

/** One function for single transfers and for linked ones. */
export const transfer = entry(
  database,
  send,
  publish,
  apiKeys,
)((deps) => eachRoute<typeof deps>(transferAmount, linkTransfers)(deps));
