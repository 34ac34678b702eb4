import { whileUnreachable } from './awake.ts';
import { withPool } from './database.ts';
import { wasNotSignedIn } from './errors.ts';
import type { Database } from './server.ts';

/** A way to sign in as the owner of a database. */
export interface OwnerSignIn {
  /** For a message, such as `with an AWS identity`. */
  readonly how: string;
  readonly database: Database;
}

/**
 * Finds the way in which the server lets the owner in. RDS decides between password and AWS identity by the role's
 * memberships, and whoever made a role that may use an identity is a member of it.
 *
 * @param ways in the order in which they are tried; one at least
 * @param limitMs milliseconds for which an unreachable database is tried again
 * @returns the database with the first way that works
 * @throws Error with what the server said to each way if it refused all; what another trouble throws
 */
export async function signInAsOwner(ways: readonly OwnerSignIn[], limitMs: number): Promise<Database> {
  return await whileUnreachable(() => firstThatWorks(ways), limitMs);
}

async function firstThatWorks(ways: readonly OwnerSignIn[]): Promise<Database> {
  const refusals: { readonly how: string; readonly error: Error }[] = [];
  for (const { how, database } of ways) {
    try {
      await withPool(database, (sql) => sql`SELECT`);
      return database;
    } catch (error) {
      if (!wasNotSignedIn(error)) throw error;
      refusals.push({ how, error });
    }
  }
  const [only] = refusals;
  if (refusals.length === 1 && only !== undefined) throw only.error;
  const said = refusals.map(({ how, error }) => `${how}: ${error.message}`).join('; ');
  const causes = refusals.map(({ error }) => error);
  throw new Error(`the database does not let its owner sign in, ${said}`, {
    cause: new AggregateError(causes, 'each way was refused'),
  });
}
