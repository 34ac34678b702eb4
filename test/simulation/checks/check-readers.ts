import type { World } from '../world/world.ts';
import { show } from './check-legs.ts';
import type { Journal, Operation } from './journal.ts';
import { must } from './violation.ts';

/** Someone who reads a wallet's operations page by page, and goes on from `Next` whenever it comes back. */
export interface OperationsReader {
  /** The cursor of the next page; undefined before the first. */
  next: string | undefined;
  /** The settled operations that it got, in order. */
  readonly settled: string[];
  /** The operations that it got while they were pending. */
  readonly pending: Set<string>;
}

/** Someone who reads the list of wallets page by page. */
interface WalletsReader {
  readonly ids: bigint[];
}

export interface Readers {
  readonly operations: Map<bigint, OperationsReader>;
  readonly wallets: WalletsReader;
  /** Lists whose reader waits for a page: it reads one at a time. */
  readonly reading: Set<bigint | 'wallets'>;
}

export const emptyReaders = (): Readers => ({
  operations: new Map(),
  wallets: { ids: [] },
  reading: new Set(),
});

const LISTED_LEGS = new Set([
  'receipt',
  'credit',
  'return',
  'debit',
  'payout',
  'capture',
  'part_capture',
  'linked_receipt',
  'linked_credit',
  'linked_debit',
  'linked_payout',
]);

export const isListed = ({ leg }: Operation): boolean => LISTED_LEGS.has(leg);

const INCOMING = new Set(['receipt', 'credit', 'return', 'linked_receipt', 'linked_credit']);

export const isIncoming = ({ leg }: Operation): boolean => INCOMING.has(leg);

/** What tells an operation of a wallet's list from the others: no transfer has two of one type in one wallet. */
export const keyOf = (transactionId: string, type: string, number: number): string =>
  `${transactionId} ${type} ${number}`;

/** The settled operations of a wallet's list, in order. */
export function listedOf({ operations }: Journal, walletId: bigint): string[] {
  return [...operations.values()]
    .filter((row) => row.walletId === walletId && row.status !== 'new' && isListed(row))
    .sort((a, b) => Number((a.position ?? 0n) - (b.position ?? 0n)))
    .map((row) => keyOf(row.transactionId, isIncoming(row) ? 'in' : 'out', row.number));
}

/** Checks what the readers of this step have got so far, while nobody writes. */
export function checkReaders({ journal, readers, step }: World): void {
  for (const walletId of step.followed) {
    if (walletId === 'wallets') checkWalletsReader(journal, readers.wallets);
    else checkOperationsReader(journal, walletId, readers.operations.get(walletId)?.settled ?? []);
  }
}

function checkOperationsReader(journal: Journal, walletId: bigint, settled: readonly string[]): void {
  const listed = listedOf(journal, walletId).slice(0, settled.length);
  must(
    show(settled) === show(listed),
    'a reader that follows Next misses no operation and gets none twice',
    () => `of wallet ${walletId} it got ${show(settled)}, not ${show(listed)}`,
  );
}

function checkWalletsReader({ wallets }: Journal, { ids }: WalletsReader): void {
  const last = ids.at(-1) ?? 0n;
  const expected = [...wallets.keys()].filter((id) => id <= last).sort((a, b) => Number(a - b));
  must(
    show(ids) === show(expected),
    'a reader that follows Next misses no wallet and gets none twice',
    () => `it got ${show(ids)}, not ${show(expected)}`,
  );
}

/** Checks that the readers have got everything. */
export function checkReadersAtEnd({ journal, readers }: World): void {
  for (const walletId of journal.wallets.keys()) {
    const settled = readers.operations.get(walletId)?.settled ?? [];
    const listed = listedOf(journal, walletId);
    must(
      show(settled) === show(listed),
      'a reader that follows Next to the end gets every operation once',
      () => `of wallet ${walletId} it got ${show(settled)}, not ${show(listed)}`,
    );
  }
  must(
    readers.wallets.ids.length === journal.wallets.size,
    'a reader that follows Next to the end gets every wallet once',
    () => `${readers.wallets.ids.length} of ${journal.wallets.size}`,
  );
}
