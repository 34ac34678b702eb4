import { isRds, rdsAuthorities } from './aurora-certificates.ts';
import { type AuroraAddress, keepTokens } from './aurora-sign-in.ts';
import type { Address } from './dial.ts';

/** A database whose URL is read when it is first needed, such as out of a secret; it may be another one later. */
export interface UrlSource {
  readonly readUrl: () => Promise<string>;
}

/**
 * A database: a postgres:// URL, or where to read it; an Aurora cluster where the function signs in with its AWS identity; with
 * a password, one where RDS vouches for the server; or a server of which everything is known.
 */
export type Database =
  | string
  | UrlSource
  | AuroraAddress
  | (AuroraAddress & { readonly password: string })
  | DatabaseServer;

/** What a driver needs to know. */
export interface DatabaseServer {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** Where the server is and whom to trust; loaded with the first connection. */
  readonly address: () => Promise<Address>;
  /** Settings of each session, such as application_name. */
  readonly session: Readonly<Record<string, string>>;
  /** For one connection: a token does not last. */
  readonly password: () => Promise<string>;
}

const DEFAULT_PORT = 5432;

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** What a URL's `sslmode` may say. Whatever has TLS has it verified. */
const TLS_OF: Readonly<Record<string, boolean>> = {
  disable: false,
  require: true,
  'verify-ca': true,
  'verify-full': true,
};

/**
 * Reads what a database is. Without `sslmode`, a URL means TLS wherever the server is another machine.
 *
 * @throws Error where a URL's `sslmode` is none of disable, require, verify-ca, verify-full
 */
export function serverOf(database: Exclude<Database, UrlSource>): DatabaseServer {
  if (typeof database === 'string') return fromUrl(database);
  return 'address' in database ? database : fromAurora(database);
}

/** The tokens of this instance, for all its pools. */
const tokenFor = keepTokens();

function fromAurora(aurora: AuroraAddress & { readonly password?: string }): DatabaseServer {
  const { host, port, database, user, password } = aurora;
  return {
    ...{ host, port, database, user, session: {} },
    address: async () => ({ host, port, tls: { authorities: await rdsAuthorities(host) } }),
    password: async () => password ?? tokenFor(aurora),
  };
}

function fromUrl(text: string): DatabaseServer {
  const url = new URL(text);
  const mode = url.searchParams.get('sslmode');
  const tls = mode === null ? !LOOPBACK.test(url.hostname) : TLS_OF[mode];
  if (tls === undefined)
    throw new Error(`sslmode in DATABASE_URL takes ${Object.keys(TLS_OF).join(', ')}; it got "${mode}"`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || DEFAULT_PORT);
  const user = decodeURIComponent(url.username);
  return {
    ...{ host, port, user, database: decodeURIComponent(url.pathname.slice(1)) || user },
    session: Object.fromEntries([...url.searchParams].filter(([name]) => name !== 'sslmode')),
    address: async () => ({
      ...{ host, port },
      tls: tls && { authorities: isRds(host) ? await rdsAuthorities(host) : undefined },
    }),
    password: () => Promise.resolve(decodeURIComponent(url.password)),
  };
}
