import { array, runTx, type Sql, type Statements, type Tx } from './database.ts';

/*
 * What the functions may do with each table. They own nothing, so they can't drop, truncate or alter anything, nor disable
 * a trigger. A table that is not listed can't be used: the test of this file names those that are missing.
 */
const RIGHTS: Readonly<Record<string, string>> = {
  api_key_limits: 'SELECT, INSERT, UPDATE',
  api_keys: 'SELECT, INSERT, UPDATE',
  book_checks: 'SELECT, INSERT, UPDATE',
  book_progress: 'SELECT, UPDATE',
  currencies: 'SELECT, INSERT, UPDATE',
  currency_rates: 'SELECT, INSERT',
  holds: 'SELECT, INSERT, UPDATE',
  idempotency_keys: 'SELECT, INSERT, UPDATE, DELETE',
  leases: 'SELECT, INSERT, UPDATE, DELETE',
  ledger_entries: 'SELECT',
  legs: 'SELECT',
  operations: 'SELECT, INSERT',
  outbox: 'SELECT, INSERT, UPDATE, DELETE',
  pending_operations: 'SELECT, INSERT, UPDATE, DELETE',
  refund_totals: 'SELECT, INSERT, UPDATE',
  wallets: 'SELECT, INSERT, UPDATE',
};

const SEQUENCES = ['operation_ids', 'wallet_ids'];

/** The role that lets another sign in with an AWS identity; only RDS has it. */
const AWS_SIGN_IN = 'rds_iam';

/**
 * How long a session of a function may say nothing: a frozen function can't close its connection, so the server does. It
 * also lets a database pause that nobody uses.
 */
const IDLE_SESSION = '5min';

const ROLE_NAME = /^[a-z_][a-z0-9_]{0,62}$/;

/**
 * Makes the functions' role where there is none, and gives it exactly its rights; in one transaction, so that running
 * functions never notice. Safe to run again.
 *
 * @param sql connected as the owner of the tables, who may make roles
 * @throws Error where the name is none for a role; what the database throws
 */
export async function grantApplicationRole(sql: Sql, role: string): Promise<void> {
  if (!ROLE_NAME.test(role))
    throw new Error(`a role's name takes a-z, 0-9 and _, not "${role.slice(0, 100)}"`);
  await runTx(sql, async (tx) => {
    const roles = await tx<{ name: string }[]>`
      SELECT rolname AS name FROM pg_roles WHERE rolname IN (${role}, ${AWS_SIGN_IN})`;
    const names = roles.map(({ name }) => name);
    if (!names.includes(role)) await runStatement(tx, `CREATE ROLE ${role} LOGIN`);
    if (names.includes(AWS_SIGN_IN)) await runStatement(tx, `GRANT ${AWS_SIGN_IN} TO ${role}`);
    await runStatement(tx, `ALTER ROLE ${role} SET idle_session_timeout = '${IDLE_SESSION}'`);
    await runStatement(tx, `REVOKE ALL ON ALL TABLES IN SCHEMA public FROM ${role}`);
    await runStatement(tx, `REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM ${role}`);
    await runStatement(tx, `GRANT USAGE ON SCHEMA public TO ${role}`);
    for (const name of await relations(tx)) {
      const rights = RIGHTS[name];
      if (rights !== undefined) await runStatement(tx, `GRANT ${rights} ON ${name} TO ${role}`);
    }
    for (const name of SEQUENCES) await runStatement(tx, `GRANT USAGE ON SEQUENCE ${name} TO ${role}`);
  });
}

/** The tables of the migrations themselves, which no function reads. */
const OWN_TABLES = ['migrations', 'migration_checksums'];

/** The tables and views there are, but for the migrations' own. */
async function relations(sql: Statements): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    SELECT relname AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'p')
      AND relname <> ALL (${array(OWN_TABLES)}::text[])`;
  return rows.map(({ name }) => name);
}

/** Tables and views that the functions can't use, because nobody said what they may do there. */
export async function withoutRights(sql: Statements): Promise<string[]> {
  return (await relations(sql)).filter((name) => RIGHTS[name] === undefined);
}

/** Names can't be parameters: only constants of this file and a checked role get here. */
async function runStatement(tx: Tx, statement: string): Promise<void> {
  await tx.unsafe(statement);
}
