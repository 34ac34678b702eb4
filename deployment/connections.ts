import type { FunctionConfig } from './serverless.ts';
import type { Settings } from './settings.ts';

/*
 * The default max_connections of Aurora PostgreSQL Serverless v2 follows from the largest capacity: 189 at 1 capacity unit,
 * 823 at 4, 1,669 at 8, 3,360 at 16, 5,000 from 32 on; and 2,000 at most if the smallest is 0 or 0.5 (Amazon Aurora User
 * Guide, "Maximum connections for Aurora Serverless v2"). It grows by a little more than 189 a unit.
 */
const CONNECTIONS_PER_UNIT = 189;
const MAX_CONNECTIONS = 5_000;
const MAX_AT_LOW_MINIMUM = 2_000;
const LOW_MINIMUM = 0.5;

/** Connections kept free for superusers, RDS itself, a deployment's migration, and people who investigate. */
const KEPT_FREE = 20;

/** Connections that all functions together may hold. */
export function connectionLimit({ minCapacity, maxCapacity }: Settings): number {
  const most = minCapacity <= LOW_MINIMUM ? MAX_AT_LOW_MINIMUM : MAX_CONNECTIONS;
  return Math.min(Math.floor(CONNECTIONS_PER_UNIT * maxCapacity), most) - KEPT_FREE;
}

/** After a deployment, idle instances of the previous version keep their connections until the server closes them. */
const VERSIONS = 2;

/** Connections of an instance: the processor and the check of the books have two transactions under way. */
const CONNECTIONS_OF: Readonly<Record<string, number>> = { processor: 2, reconcile: 2 };

/**
 * Checks that functions can't open more connections than the database takes. Each instance holds one, or those of {@link CONNECTIONS_OF}.
 *
 * @throws Error with the sum, the limit and what to change
 */
export function checkConnections(
  settings: Settings,
  functions: Readonly<Record<string, FunctionConfig>>,
): void {
  const sum = Object.entries(functions).reduce(
    (total, [name, { reservedConcurrency = 0 }]) => total + reservedConcurrency * (CONNECTIONS_OF[name] ?? 1),
    0,
  );
  const limit = connectionLimit(settings);
  if (sum * VERSIONS <= limit) return;
  throw new Error(
    `The functions may hold ${sum} database connections together, and as many of the version before, but ${settings.maxCapacity} capacity units serve ${limit}` +
      ' (docs/deploy.md, "Concurrency"): raise maxCapacity, or lower busyConcurrency, quietConcurrency or processorConcurrency.',
  );
}
