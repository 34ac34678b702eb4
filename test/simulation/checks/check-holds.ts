import { show } from './check-legs.ts';
import { captures, keptBy } from './hold-money.ts';
import type { Changes, Journal, Operation } from './journal.ts';
import { must } from './violation.ts';

/** What was known of holds before a step. */
export interface HoldsBefore {
  /** Those that were over: each settling of their wallets expires them, unless a release comes first. */
  readonly over: ReadonlySet<string>;
  /** For each hold the accepted captures and releases that are not settled yet. */
  readonly ends: ReadonlyMap<string, Set<bigint>>;
  /** The holds that captures and releases of this step are about. */
  readonly ending: Set<string>;
}

const isEnd = (operation: Operation): boolean => captures(operation) || operation.leg === 'release';

/** Takes over by how much captures may exceed their holds, which never changes. */
export function takeOverCaptures(journal: Journal, { overCaptures }: Changes): void {
  for (const [id, amount] of journal.overCaptures)
    must(overCaptures.get(id) === amount, 'what may be captured beyond a hold stays', () => id);
  journal.overCaptures = overCaptures;
}

/** @param journal as it was before the step */
export function holdsBefore({ over, pending }: Journal): HoldsBefore {
  const ends = new Map<string, Set<bigint>>();
  for (const operation of [...pending.values()].filter(isEnd)) {
    const ids = ends.get(operation.holdId ?? '') ?? new Set();
    ends.set(operation.holdId ?? '', ids.add(operation.id));
  }
  return { over, ends, ending: new Set() };
}

/** Checks the captures and releases that a step recorded. */
export function checkEndings(before: HoldsBefore, { inserted }: Changes): void {
  for (const operation of inserted.filter(isEnd)) {
    must(
      operation.leg === 'release' || !before.over.has(operation.holdId ?? ''),
      'a hold that is over is not captured',
      () => show(operation),
    );
    before.ending.add(operation.holdId ?? '');
  }
}

/** Checks what a settled operation means for the holds of its wallet; to be called in the order of positions. */
export function checkSettledOfHolds(journal: Journal, before: HoldsBefore, operation: Operation): void {
  const { leg, holdId, status, reason, walletId } = operation;
  const ends = before.ends.get(holdId ?? '');
  ends?.delete(operation.id);
  must(
    leg !== 'expiry' || ends === undefined || ends.size === 0,
    'a capture or a release that was accepted before the expiry is honoured',
    () => show(operation),
  );
  if (status !== 'decline' || reason !== 'insufficient_funds') return;
  const kept = [...before.over].find((id) => {
    const hold = journal.holds.get(id);
    // One whose parts were all captured keeps nothing that could be free.
    return hold?.walletId === walletId && keptBy(hold) > 0n && !before.ending.has(id);
  });
  must(kept === undefined, 'the money of a hold that is over is free at once', () => {
    return `${show(operation)} while hold ${kept} is over`;
  });
}

/** What a wallet's holds keep back that are over: available again, though not expired in the journal. */
export function amountOver({ over, holds }: Journal, walletId: bigint): bigint {
  return [...over]
    .flatMap((id) => holds.get(id) ?? [])
    .filter((hold) => hold.walletId === walletId)
    .reduce((sum, hold) => sum + keptBy(hold), 0n);
}
