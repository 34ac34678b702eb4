import { array, runTx, type Sql, type Statements, type Tx } from './database.ts';
import { RIGHTS, ROLE_PREFIX, ROLES, type Role, roleName, SEQUENCES } from './roles.ts';

/** The role that lets another sign in with an AWS identity; only RDS has it. */
const AWS_SIGN_IN = 'rds_iam';

/**
 * How long a session of a function may say nothing: a frozen function can't close its connection, so the server does. It
 * also lets a database pause that nobody uses.
 */
const IDLE_SESSION = '5min';

/** PostgreSQL's longest name is 63 bytes, and the longest role's has ten. */
const PREFIX = /^[a-z_][a-z0-9_]{0,52}$/;

/** How the functions sign in. */
export interface SignIn {
  /** Of the roles' names: roles belong to the whole server, so tests have others. */
  readonly prefix?: string;
  /** If missing, the roles sign in with an AWS identity, or not at all. */
  readonly password?: string;
}

/**
 * Makes the functions' roles that are missing, and gives each exactly its rights; in one transaction, so that running
 * functions never notice. Safe to run again.
 *
 * @param sql connected as the owner of the tables, who may make roles
 * @throws Error if the prefix is none of a role's name; what the database throws
 */
export async function grantRoles(sql: Sql, { prefix = ROLE_PREFIX, password }: SignIn = {}): Promise<void> {
  if (!PREFIX.test(prefix))
    throw new Error(`a role's name takes a-z, 0-9 and _, not "${prefix.slice(0, 100)}"`);
  await runTx(sql, async (tx) => {
    const names = ROLES.map((role) => roleName(role, prefix));
    const found = await tx<{ name: string }[]>`
      SELECT rolname AS name FROM pg_roles WHERE rolname = ANY (${array([...names, AWS_SIGN_IN])}::text[])`;
    const existing = new Set(found.map(({ name }) => name));
    const tables = new Set(await relations(tx));
    for (const role of ROLES) {
      const name = roleName(role, prefix);
      if (!existing.has(name)) await run(tx, `CREATE ROLE ${name} LOGIN`);
      if (password !== undefined) await run(tx, `ALTER ROLE ${name} PASSWORD '${quoted(password)}'`);
      if (existing.has(AWS_SIGN_IN)) await run(tx, `GRANT ${AWS_SIGN_IN} TO ${name}`);
      await grantRights(tx, role, name, tables);
    }
  });
}

async function grantRights(tx: Tx, role: Role, name: string, tables: ReadonlySet<string>): Promise<void> {
  await run(tx, `ALTER ROLE ${name} SET idle_session_timeout = '${IDLE_SESSION}'`);
  await run(tx, `REVOKE ALL ON ALL TABLES IN SCHEMA public FROM ${name}`);
  await run(tx, `REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM ${name}`);
  await run(tx, `GRANT USAGE ON SCHEMA public TO ${name}`);
  for (const [table, rights] of Object.entries(RIGHTS[role])) {
    if (tables.has(table)) await run(tx, `GRANT ${rights} ON ${table} TO ${name}`);
  }
  for (const sequence of SEQUENCES[role] ?? [])
    await run(tx, `GRANT USAGE ON SEQUENCE ${sequence} TO ${name}`);
}

/** The tables of the migrations themselves, which no function reads. */
const OWN_TABLES = ['migrations', 'migration_checksums'];

/** The tables and views there are, but for the migrations' own. */
async function relations(sql: Statements): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    SELECT relname AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'p') AND NOT relispartition
      AND relname <> ALL (${array(OWN_TABLES)}::text[])`;
  return rows.map(({ name }) => name);
}

/** Tables and views that no function can use, because nobody said what they may do there. */
export async function withoutRights(sql: Statements): Promise<string[]> {
  const granted = new Set(ROLES.flatMap((role) => Object.keys(RIGHTS[role])));
  return (await relations(sql)).filter((name) => !granted.has(name));
}

const quoted = (text: string): string => text.replaceAll("'", "''");

/** Names can't be parameters: only constants of this file, a checked prefix and a quoted password get here. */
async function run(tx: Tx, statement: string): Promise<void> {
  await tx.unsafe(statement);
}
