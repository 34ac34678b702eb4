import type { Told } from '../world/world.ts';
import { show } from './check-legs.ts';
import { isWaiting, type Journal, statusOf } from './journal.ts';
import { must } from './violation.ts';

const ENDS: readonly string[] = ['success', 'decline'];

/** Checks that whoever waited was told the truth: an end only once it is one, and nothing else if nothing came between. */
export function checkTold({ byTransaction }: Journal, told: readonly Told[]): void {
  for (const { transactionId, status, isAlone } of told) {
    const legs = byTransaction.get(transactionId) ?? [];
    const details = () => `told ${status}; the journal has ${legs.map(show).join(' ')}`;
    must(
      !ENDS.includes(status) || status === statusOf(legs),
      'an outcome that was told is the outcome',
      details,
    );
    must(
      !isAlone || ENDS.includes(status) || isWaiting(legs),
      'who waits, with nothing between, is told the outcome',
      details,
    );
  }
}
