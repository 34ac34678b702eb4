import type { Statements } from './database.ts';

/**
 * Takes a lease: the right to do what only one may do at a time. A row, not a session's lock, so that it holds over
 * several transactions and through a connection proxy.
 *
 * @param holder unique per run
 * @param seconds until the lease ends by itself, should its holder die
 * @returns whether it was free
 */
export async function takeLease(
  sql: Statements,
  name: string,
  holder: string,
  seconds: number,
): Promise<boolean> {
  const { count } = await sql`
    INSERT INTO leases (name, holder, expires_at)
    VALUES (${name}, ${holder}::uuid, now() + make_interval(secs => ${seconds}))
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
    WHERE leases.expires_at < now()`;
  return count === 1;
}

/** Gives a lease back; does nothing where another holder has it by now. */
export async function releaseLease(sql: Statements, name: string, holder: string): Promise<void> {
  await sql`DELETE FROM leases WHERE name = ${name} AND holder = ${holder}::uuid`;
}
