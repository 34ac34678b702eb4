import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { signInToken } from '../../lib/postgres/aurora-sign-in.ts';
import { openDatabase } from '../../lib/postgres/database.ts';
import { startPostgres } from '../../localstack/embedded/postgres.ts';
import { freePort } from '../../localstack/ports.ts';
import { VOLATILE } from './postgres-server.ts';
import { makeFolder, removeFolder } from './temp.ts';

/**
 * Which memberships of rds_iam make RDS demand an identity: any, even one that nothing can be done by, as pg_hba.conf counts
 * them; or only one whose rights the role has. AWS does not say.
 */
type Counting = 'any membership' | 'a membership with its rights';

/** A PostgreSQL that lets roles in as RDS does. */
export interface Rds {
  readonly port: number;
  /** For whoever looks at it from outside, as RDS's own superuser. */
  readonly adminUrl: string;
  count: Counting;
  /** How each connection was let in, in order. */
  readonly letIn: ('password' | 'identity')[];
  readonly stop: () => Promise<void>;
}

export const MASTER = 'postgres';
export const MASTER_PASSWORD = 'of the master';
export const DATABASE = 'my_little_ps';

/** Whose tokens the gate takes, as a function's environment has it. */
export const IDENTITY = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'the secret of the identity',
} as const;

/** How long RDS takes a token. */
const MAX_TOKEN_AGE_MS = 900_000;

/** RDS's roles: its master is no superuser, makes roles, and may let them sign in with an identity. */
const ROLES = `
  CREATE ROLE rds_superuser;
  CREATE ROLE rds_iam;
  GRANT rds_iam TO rds_superuser WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
  CREATE ROLE ${MASTER} LOGIN NOSUPERUSER CREATEDB CREATEROLE PASSWORD '${MASTER_PASSWORD}';
  GRANT rds_superuser TO ${MASTER};
  ALTER DATABASE ${DATABASE} OWNER TO ${MASTER};
  ALTER SCHEMA public OWNER TO ${MASTER};
`;

/** Starts a server with RDS's roles, and the gate in front of it. */
export async function startRds(): Promise<Rds> {
  const folder = await makeFolder('rds');
  const dataDir = join(folder, 'postgres');
  const port = await freePort();
  const server = await startPostgres({
    ...{ dataDir, port, log: () => {} },
    settings: { ...VOLATILE, unix_socket_directories: dataDir },
  });
  const hba = join(dataDir, 'pg_hba.conf');
  // By the socket comes the gate alone, once it has checked a token.
  await writeFile(hba, `local all all trust\n${await readFile(hba, 'utf8')}`);
  const sql = openDatabase(server.url);
  await sql.unsafe(ROLES);
  await sql`SELECT pg_reload_conf()`;
  const letIn: Rds['letIn'] = [];
  const sockets = new Set<Socket>();
  const gate = createServer((client) => {
    sockets.add(client.on('error', () => client.destroy()));
    void receive(client).catch((error: unknown) => client.end(fatal('XX000', String(error))));
  });
  await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
  const rds: Rds = {
    ...{ port: (gate.address() as AddressInfo).port, adminUrl: server.url, letIn, count: 'any membership' },
    stop: async () => {
      gate.close();
      for (const socket of sockets) socket.destroy();
      await sql.end();
      await server.stop();
      await removeFolder(folder);
    },
  };

  async function receive(client: Socket): Promise<void> {
    const startup = await nextMessage(client, 0);
    const user = userOf(startup);
    if (!(await needsIdentity(user))) {
      letIn.push('password');
      splice(client, connect(port, '127.0.0.1'), startup);
      return;
    }
    client.write(ASK_FOR_CLEARTEXT);
    const answer = await nextMessage(client, 1);
    const token = answer.subarray(5, -1).toString();
    if (!isToken(token, user, rds.port)) {
      client.end(fatal('28000', `PAM authentication failed for user "${user}"`));
      return;
    }
    letIn.push('identity');
    splice(client, connect(join(dataDir, `.s.PGSQL.${port}`)), startup);
  }

  /**
   * RDS lets rds_superuser give rds_iam without being a member of it; PostgreSQL can't, so its membership does not count.
   */
  async function needsIdentity(user: string): Promise<boolean> {
    const [row] = await sql<{ is: boolean }[]>`
      WITH RECURSIVE held (role) AS (
        SELECT oid FROM pg_roles WHERE rolname = ${user}
        UNION
        SELECT roleid FROM pg_auth_members JOIN held ON member = role
        WHERE member <> 'rds_superuser'::regrole AND (inherit_option OR ${rds.count === 'any membership'})
      )
      SELECT EXISTS (SELECT FROM held WHERE role = 'rds_iam'::regrole) AS is`;
    return row?.is === true;
  }
  return rds;
}

/** PostgreSQL's AuthenticationCleartextPassword, as PAM asks for what it checks. */
const ASK_FOR_CLEARTEXT = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]);

/** Reads one message, before which the client waits for an answer to the previous one. */
async function nextMessage(socket: Socket, lengthAt: number): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  while (bytes.length < lengthAt + 4 || bytes.length < lengthAt + bytes.readInt32BE(lengthAt)) {
    const [more] = (await once(socket, 'data')) as [Buffer];
    bytes = Buffer.concat([bytes, more]);
  }
  return bytes;
}

/** The user of a startup message: names and values, each ended by a zero, after length and protocol. */
function userOf(startup: Buffer): string {
  const words = startup.subarray(8).toString().split('\0');
  const at = words.findIndex((word, index) => index % 2 === 0 && word === 'user');
  return words[at + 1] ?? '';
}

/** PostgreSQL's ErrorResponse that ends a connection. */
function fatal(code: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
  const head = Buffer.from([0x45, 0, 0, 0, 0]);
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

/** Whether a token is good for this gate and user, was signed by the identity, and is not too old. */
function isToken(token: string, user: string, port: number): boolean {
  const url = URL.parse(`https://${token}`);
  const time = url?.searchParams.get('X-Amz-Date') ?? '';
  const signedAt = new Date(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  const ageMs = Date.now() - signedAt.getTime();
  if (!(ageMs >= -MAX_TOKEN_AGE_MS && ageMs < MAX_TOKEN_AGE_MS)) return false;
  return token === signInToken({ host: '127.0.0.1', port, database: DATABASE, user }, signedAt, IDENTITY);
}

function splice(client: Socket, server: Socket, startup: Buffer): void {
  server.write(startup);
  client.pipe(server).pipe(client);
  server.on('error', () => client.destroy());
  client.on('close', () => server.destroy());
}
