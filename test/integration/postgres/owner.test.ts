import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createMigration, ownerSignIns } from '../../../functions/migrate.ts';
import { openDatabase } from '../../../lib/postgres/database.ts';
import { ROLES, roleName } from '../../../lib/postgres/roles.ts';
import { type Database, type DatabaseServer, serverOf } from '../../../lib/postgres/server.ts';
import { TEST_CLIENT_VARIABLES } from '../../support/aws.ts';
import { startRecorder } from '../../support/bundles/aws-recorder.ts';
import { DATABASE, IDENTITY, MASTER, MASTER_PASSWORD, type Rds, startRds } from '../../support/rds.ts';

const SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!cluster-abc';

/** Far more than a migration takes. */
const context = { getRemainingTimeInMillis: () => 900_000 };

describe.each([
  ['counts any membership of rds_iam', 'any membership', 'identity'],
  ['counts a membership of rds_iam with its rights', 'a membership with its rights', 'password'],
] as const)("the database's owner, where RDS %s", (_what, counting, later) => {
  let rds: Rds;
  let secrets: Awaited<ReturnType<typeof startRecorder>>;

  beforeAll(async () => {
    rds = await startRds();
    rds.count = counting;
    secrets = await startRecorder(MASTER_PASSWORD, MASTER);
  });
  afterAll(async () => {
    await secrets.stop();
    await rds.stop();
  });
  beforeEach(() => {
    const variables = { ...TEST_CLIENT_VARIABLES, ...IDENTITY, AWS_ENDPOINT_URL: secrets.url };
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    rds.letIn.length = 0;
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  const as = (user: string) => ({ host: '127.0.0.1', port: rds.port, database: DATABASE, user });

  /** The gate has no TLS; everything else is as on Aurora. */
  function inTheOpen(database: Database): DatabaseServer {
    if (typeof database === 'object' && 'readUrl' in database) throw new Error('it has no URL');
    const server = serverOf(database);
    return { ...server, address: async () => ({ host: server.host, port: server.port, tls: false }) };
  }

  /** Runs the migration that has its own password in its secret. */
  async function migrateIt() {
    const migration = createMigration(
      { database: as(MASTER), DATABASE_MASTER_SECRET: SECRET, DATABASE_VERSION: undefined },
      async (settings) =>
        (await ownerSignIns(settings)).map(({ how, database }) => ({ how, database: inTheOpen(database) })),
    );
    return await migration({}, context);
  }

  test('migrates first with the password of its secret, and gives the roles their rights', async () => {
    expect(await migrateIt()).toEqual({ Migrations: ['0001_schema'] });
    expect(new Set(rds.letIn)).toEqual(new Set(['password']));
    for (const role of ROLES) {
      const sql = openDatabase(inTheOpen(as(roleName(role))));
      expect(await sql`SELECT current_user AS name`).toEqual([{ name: roleName(role) }]);
      await sql.end();
    }
    expect(rds.letIn.slice(-ROLES.length)).toEqual(ROLES.map(() => 'identity'));
  });

  test(`migrates again with ${later === 'identity' ? 'an identity' : 'the password'}`, async () => {
    expect(await migrateIt()).toEqual({ Migrations: [] });
    expect(new Set(rds.letIn)).toEqual(new Set([later]));
  });

  test('is told of both refusals, and of no secret, if neither is taken', async () => {
    const admin = openDatabase(rds.adminUrl);
    await admin.unsafe(`ALTER ROLE ${MASTER} PASSWORD 'another'`);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'of another identity');
    const refused =
      later === 'identity'
        ? /identity: PAM authentication failed for user "postgres"$/
        : /identity: password authentication failed for user "postgres"$/;
    const message = await migrateIt().then(
      () => 'it migrated',
      (error: Error) => error.message,
    );
    expect(message).toMatch(
      /^the database does not let its owner sign in, with the password of its secret: /,
    );
    expect(message).toMatch(refused);
    expect(message).not.toMatch(/another|Amz/);
    expect(rds.letIn).toEqual(later === 'identity' ? [] : ['password', 'password']);
    await admin.unsafe(`ALTER ROLE ${MASTER} PASSWORD '${MASTER_PASSWORD}'`);
    await admin.end();
  });
});
