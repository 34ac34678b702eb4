import type { BusEvent } from '../../../lib/messaging/event-bus.ts';
import type { Sql } from '../../../lib/postgres/database.ts';
import { show } from './check-legs.ts';
import type { Journal } from './journal.ts';
import { must } from './violation.ts';

interface AlertRow {
  readonly id: string;
  readonly walletId: bigint;
  readonly direction: 'below' | 'above';
  readonly threshold: bigint;
  readonly afterPosition: bigint;
}

/** An alert, with the positions of its wallet at which checks saw it. */
export interface SeenAlert extends AlertRow {
  /** It was there for all operations up to this one. */
  seenAt: bigint;
  /** The first check that missed it: it was removed before any operation behind this one. */
  goneBy: bigint | undefined;
}

/** Takes the alerts of a step, once its operations are in the journal. Nobody writes meanwhile. */
export async function takeAlerts(sql: Sql, { wallets, alerts }: Journal): Promise<void> {
  const [rows, wrong] = await Promise.all([
    sql<AlertRow[]>`
      SELECT id, wallet_id AS "walletId", direction, threshold, after_position AS "afterPosition" FROM wallet_alerts`,
    sql`SELECT id, has_alerts FROM wallets WHERE has_alerts <> (id IN (SELECT wallet_id FROM wallet_alerts))`,
  ]);
  must(wrong.length === 0, 'a wallet knows whether it has alerts', () => show(wrong));
  const there = new Set(rows.map(({ id }) => id));
  for (const row of rows) {
    const position = wallets.get(row.walletId)?.position ?? 0n;
    const seen = alerts.get(row.id);
    must(
      seen === undefined ? row.afterPosition <= position : seen.goneBy === undefined,
      'an alert counts from a position of its wallet on, and never comes back',
      () => show(row),
    );
    if (seen === undefined) alerts.set(row.id, { ...row, seenAt: position, goneBy: undefined });
    else seen.seenAt = position;
  }
  for (const seen of alerts.values())
    if (!there.has(seen.id)) seen.goneBy ??= wallets.get(seen.walletId)?.position ?? 0n;
}

/** The operations of a wallet that changed its balance, by position, with the balance before and after each. */
function stepsOf({ operations }: Journal): ReadonlyMap<bigint, readonly Step[]> {
  const booked = [...operations.values()]
    .filter(({ status }) => status === 'success')
    .sort((a, b) => Number((a.position ?? 0n) - (b.position ?? 0n)));
  const byWallet = Map.groupBy(booked, ({ walletId }) => walletId);
  return new Map(
    [...byWallet].map(([walletId, rows]) => [
      walletId,
      rows.map(({ position, balanceAfter, transactionId }, index) => ({
        position: position ?? 0n,
        before: rows[index - 1]?.balanceAfter ?? 0n,
        after: balanceAfter ?? 0n,
        transactionId,
      })),
    ]),
  );
}

interface Step {
  readonly position: bigint;
  readonly before: bigint;
  readonly after: bigint;
  readonly transactionId: string;
}

/** Whether a balance lies beyond an edge. */
const isBeyond = ({ direction, threshold }: AlertRow, balance: bigint): boolean =>
  direction === 'below' ? balance < threshold : balance > threshold;

/** Compares what the alerts told with what the journal says that they had to tell: each crossing once, and nothing else. */
export function checkAlerts(journal: Journal, events: readonly BusEvent[]): void {
  const steps = stepsOf(journal);
  const crossings = events.filter(({ type }) => type === 'BalanceCrossed').map(({ detail }) => detail);
  const told = Map.groupBy(crossings, ({ AlertId }) => String(AlertId));
  for (const [id, details] of told) checkTold(id, details, steps);
  for (const alert of journal.alerts.values()) {
    const due = (steps.get(alert.walletId) ?? [])
      .filter(({ before, after }) => !isBeyond(alert, before) && isBeyond(alert, after))
      .map(({ position }) => position)
      .filter((position) => position > alert.afterPosition);
    const fired = (told.get(alert.id) ?? [])
      .map(({ Position }) => BigInt(String(Position)))
      .toSorted(byValue);
    const surely = due.filter((position) => alert.goneBy === undefined || position <= alert.seenAt);
    const perhaps = due.filter((position) => alert.goneBy === undefined || position <= alert.goneBy);
    // Removed between two checks, it told a beginning of what came between them.
    must(
      fired.length >= surely.length && show(fired) === show(perhaps.slice(0, fired.length)),
      'an alert fires once at each crossing, and only then',
      () => `${show(alert)} fired at ${show(fired)}; it crossed at ${show(due)}`,
    );
  }
}

/** Checks what the events of one alert say, also of one that no check saw. */
function checkTold(
  id: string,
  details: readonly BusEvent['detail'][],
  steps: ReadonlyMap<bigint, readonly Step[]>,
): void {
  const positions = new Set(details.map(({ Position }) => Position));
  must(
    positions.size === details.length,
    'an alert fires once for an operation',
    () => `${id} ${show(details)}`,
  );
  for (const detail of details) {
    const { WalletId, Position, Balance, TransactionId } = detail;
    const step = steps
      .get(BigInt(String(WalletId)))
      ?.find(({ position }) => position === BigInt(String(Position)));
    must(
      step !== undefined && step.after === BigInt(String(Balance)) && step.transactionId === TransactionId,
      'an alert tells what the journal has',
      () => `${show(detail)}; the journal has ${show(step)}`,
    );
  }
}

const byValue = (a: bigint, b: bigint): number => (a < b ? -1 : 1);
