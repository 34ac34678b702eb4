import { createHash, createHmac } from 'node:crypto';

/** An Aurora cluster, and the role that signs in there with the function's AWS identity. */
export interface AuroraAddress {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/** Seconds that a token may be used to sign in, as RDS has it; the connection outlives it. */
const TOKEN_EXPIRES_SECONDS = 900;

/**
 * Milliseconds that a token is used for further sign-ins, less than it lasts: RDS limits sign-ins to 200 a second, but not
 * those with a token that it has seen (Amazon Aurora User Guide, "Limitations for IAM database authentication").
 */
const TOKEN_KEPT_MS = 600_000;

/** What RDS calls the service, and signs for. */
const SERVICE = 'rds-db';

/**
 * A password to sign in with: the address of a request that is never made, with AWS's signature of version 4 ("Create a
 * signed AWS API request", IAM User Guide). The SDK's own signer costs a cold start 50 ms, mostly for kinds of credentials
 * that no function has; a test holds this one against it.
 *
 * @param environment has the function's identity: AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN
 * @throws Error where the function has no AWS identity
 */
export function signInToken(
  { host, port, user }: AuroraAddress,
  now = new Date(),
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const { AWS_REGION: region, AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = environment;
  if (!(region && id && secret)) throw new Error('there is no AWS identity to sign in to the database with');
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = [time.slice(0, 8), region, SERVICE, 'aws4_request'];
  const session = environment['AWS_SESSION_TOKEN'];
  const query = Object.entries({
    Action: 'connect',
    DBUser: user,
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': [id, ...scope].join('/'),
    'X-Amz-Date': time,
    'X-Amz-Expires': String(TOKEN_EXPIRES_SECONDS),
    ...(session ? { 'X-Amz-Security-Token': session } : {}),
    'X-Amz-SignedHeaders': 'host',
  })
    .map(([name, value]) => `${name}=${escaped(value)}`)
    .join('&');
  const canonicalRequest = ['GET', '/', query, `host:${host}:${port}`, '', 'host', digest('')].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', time, scope.join('/'), digest(canonicalRequest)].join('\n');
  const key = scope.reduce<string | Buffer>((above, part) => hmac(above, part), `AWS4${secret}`);
  return `${host}:${port}/?${query}&X-Amz-Signature=${hmac(key, toSign).toString('hex')}`;
}

/** A token, and by whom and when it was made. */
interface Kept {
  readonly token: string;
  readonly identity: string;
  readonly atMs: number;
}

/** Makes tokens as {@link signInToken} does, and gives the same one again while it is good for the address and the identity. */
export function keepTokens(
  now: () => Date = () => new Date(),
  environment: Readonly<Record<string, string | undefined>> = process.env,
): (address: AuroraAddress) => string {
  // One for each address of the settings: a function has one, its owner another.
  const kept = new Map<string, Kept>();
  return (address) => {
    const { host, port, user } = address;
    const place = `${user}@${host}:${port}`;
    const identity = IDENTITY.map((name) => environment[name]).join('\n');
    const found = kept.get(place);
    const time = now();
    const ageMs = time.getTime() - (found?.atMs ?? 0);
    if (found?.identity === identity && ageMs >= 0 && ageMs < TOKEN_KEPT_MS) return found.token;
    const token = signInToken(address, time, environment);
    kept.set(place, { token, identity, atMs: time.getTime() });
    return token;
  };
}

/** What of the environment a token is made of. */
const IDENTITY = ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** Percent-encoded as AWS signs it: everything but letters, digits and -_.~ */
function escaped(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
