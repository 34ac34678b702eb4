import { show } from './check-legs.ts';
import type { Changes, Journal } from './journal.ts';
import { must } from './violation.ts';

/** Checks that what was accepted is in exactly one of the two tables: pending, or settled. */
export function checkTables(journal: Journal, { inserted, settled, pending }: Changes): void {
  for (const operation of [...inserted, ...settled]) {
    must(
      operation.status === 'new' || !pending.has(operation.id),
      'an operation is not pending and settled at once',
      () => show(operation),
    );
  }
  const ids = [...inserted, ...settled].map(({ id }) => id);
  must(new Set(ids).size === ids.length, 'an operation is settled once', () => show(ids));
  for (const id of pending) {
    const known = journal.operations.get(id);
    must(
      known === undefined || known.status === 'new',
      'an operation is not pending and settled at once',
      () => show(known),
    );
  }
  const settledIds = new Set(settled.map(({ id }) => id));
  for (const [id, operation] of journal.pending) {
    must(pending.has(id) || settledIds.has(id), 'no accepted operation is lost', () => show(operation));
  }
}
