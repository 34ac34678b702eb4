import { known } from '../ledger/known.ts';
import type { Sql, Statements } from '../postgres/database.ts';
import { rows } from '../postgres/rows.ts';
import { ok, type Result } from '../wire/refusal.ts';
import { shownTime } from '../wire/time.ts';
import { type Period, readBounds } from './period.ts';
import { type Positions, readPositions } from './positions.ts';

/** The most points of a history: a screen has few more columns. */
export const MAX_POINTS = 1_000;

/** The points of a history if nothing is said. */
export const POINTS = 500;

/** Operations that are looked at for a point, from its own back: before so many that were declined it is left out. */
const LOOK_BACK = 20n;

/** The balance right after an operation. */
interface HistoryPoint {
  readonly At: string;
  readonly Balance: bigint;
  readonly Position: bigint;
}

/** A wallet's balance over a period, in millionths of a unit of its currency. */
export interface HistoryView {
  readonly WalletId: bigint;
  readonly Currency: string;
  readonly From: string;
  readonly To: string;
  /** Whether there are operations between the points. */
  readonly IsSampled: boolean;
  /** At `From`, before anything that was booked then. */
  readonly Balance: bigint;
  readonly Points: readonly HistoryPoint[];
}

/**
 * A wallet's balance over a period, from at most so many points: all its operations, or every so manieth of them. Each is read by
 * its whole key, so it costs the same however many operations there are.
 *
 * @param sql a pool: see {@link readBounds}
 * @param points 1 or more
 * @returns a refusal if the wallet is unknown, or the bounds are in the wrong order
 */
export async function getHistory(sql: Sql, period: Period, points: number): Promise<Result<HistoryView>> {
  const { walletId } = period;
  const bounds = await readBounds(sql, period);
  if (!bounds.ok) return bounds;
  const { from, to } = bounds.value;
  const positions = await readPositions(sql, walletId, from, to);
  const [start, sample] = await Promise.all([
    readStart(sql, walletId, positions.start),
    readSample(sql, walletId, stepsOf(positions, BigInt(points))),
  ]);
  return ok({
    WalletId: walletId,
    Currency: start.currency,
    From: shownTime(from),
    To: shownTime(to),
    IsSampled: positions.stop - positions.start > BigInt(points),
    Balance: start.balance,
    Points: sample.map((point) => ({ ...point, At: shownTime(point.At) })),
  });
}

/** A point to find: the last operation that succeeded up to a position, and behind another one. */
interface Step {
  readonly position: bigint;
  readonly behind: bigint;
}

/** Positions that are spread evenly over a stretch, the last one among them; all of them if there are few. */
function stepsOf({ start, stop }: Pick<Positions, 'start' | 'stop'>, points: bigint): Step[] {
  const length = stop - start;
  const count = length < points ? length : points;
  const at = (number: bigint) => start + (number * length) / count;
  return Array.from({ length: Number(count) }, (_, index) => {
    const [position, previous] = [at(BigInt(index) + 1n), at(BigInt(index))];
    const back = position - LOOK_BACK;
    return { position, behind: back > previous ? back : previous };
  });
}

async function readSample(
  sql: Statements,
  walletId: bigint,
  steps: readonly Step[],
): Promise<HistoryPoint[]> {
  if (steps.length === 0) return [];
  const step = rows(sql, 'step', steps, {
    position: ['bigint', ({ position }) => position],
    behind: ['bigint', ({ behind }) => behind],
  });
  return await sql<HistoryPoint[]>`
    SELECT operation.processed_at AS "At", operation.balance_after AS "Balance", operation.position AS "Position"
    FROM ${step} CROSS JOIN LATERAL (
      SELECT operations.position, processed_at, balance_after FROM operations
      WHERE wallet_id = ${walletId} AND operations.position <= step.position AND operations.position > step.behind
        AND status = 'success'
      ORDER BY operations.position DESC LIMIT 1
    ) AS operation
    ORDER BY operation.position`;
}

/** A wallet's currency, and its balance after the last operation up to a position. */
async function readStart(
  sql: Statements,
  walletId: bigint,
  position: bigint,
): Promise<{ readonly currency: string; readonly balance: bigint }> {
  const [start] = await sql<{ currency: string; balance: bigint }[]>`
    SELECT currency, coalesce((
      SELECT balance_after FROM operations
      WHERE wallet_id = ${walletId} AND status = 'success' AND position <= ${position}
      ORDER BY position DESC LIMIT 1
    ), 0) AS balance
    FROM wallets WHERE id = ${walletId}`;
  return known(start, `wallet ${walletId}`);
}
