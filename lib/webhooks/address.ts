import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { field, isEmpty, malformed, Problem } from '../wire/field.ts';

/** Which addresses webhooks may have: public ones by https, or on a system of one machine also those of the machine itself. */
export type AddressRule = 'public' | 'local';

/** The longest address, in characters. The database knows the same number. */
const MAX_ADDRESS_LENGTH = 500;

const RULE = 'must be a public https address, such as https://example.com/webhooks';

/** The block of IPv6 that is given out: what lies outside may stand for an IPv4 address, or be anything later. */
const GIVEN_OUT_V6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** The address of a webhook in a body. What it resolves to is looked at whenever something is posted there. */
export const addressOf = (rule: AddressRule) =>
  field({ type: 'string', format: 'uri', maxLength: MAX_ADDRESS_LENGTH }, (value) => {
    if (isEmpty(value)) return new Problem('missing');
    if (typeof value !== 'string') return malformed(`${RULE}, as a string`);
    if (value.length > MAX_ADDRESS_LENGTH)
      return malformed(`must have at most ${MAX_ADDRESS_LENGTH} characters, not ${value.length}`);
    const url = URL.parse(value);
    const problem = url === null ? RULE : whyNotAddress(url, rule);
    return url !== null && problem === undefined ? url.href : malformed(problem ?? RULE);
  });

/** Why nothing may be posted to an address, as the end of a sentence about it; undefined if it may, for all that its text tells. */
export function whyNotAddress(url: URL, rule: AddressRule): string | undefined {
  if (url.username !== '' || url.password !== '') return 'must have no user name and password';
  if (url.hash !== '' || url.href.endsWith('#')) return 'must have no fragment (what follows a #)';
  const host = hostOf(url);
  if (rule === 'local' && ['http:', 'https:'].includes(url.protocol) && isOwnMachine(host)) return undefined;
  if (url.protocol !== 'https:') return RULE;
  if (url.port !== '') return 'must have no port, which is 443 then';
  if (isIP(host) !== 0) return isAllowed(host, rule) ? undefined : RULE;
  return host.includes('.') && !host.endsWith('.') ? undefined : RULE;
}

/** The host of an address, without the brackets of IPv6. */
const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1');

const isOwnMachine = (host: string): boolean =>
  host === 'localhost' || (isIP(host) !== 0 && rangeOf(host) === 'loopback');

const rangeOf = (ip: string): string => (ipaddr.isValid(ip) ? ipaddr.parse(ip).range() : 'unknown');

/** Whether something may be posted to an IP address. */
export function isAllowed(ip: string, rule: AddressRule): boolean {
  const range = rangeOf(ip);
  if (range === 'loopback') return rule === 'local';
  if (range !== 'unicast') return false;
  const parsed = ipaddr.parse(ip);
  return parsed.kind() === 'ipv4' || (parsed as ipaddr.IPv6).match(GIVEN_OUT_V6);
}

/** Finds all addresses of a host. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

/** A host's addresses, all of which are allowed, or why they can't be used, as a sentence for the owner of the webhook. */
export type Resolved =
  | { readonly addresses: readonly LookupAddress[] }
  | { readonly addresses?: never; readonly problem: string };

/**
 * Resolves an address's host once. One address that is not allowed is enough to refuse all: a name that leads to both can lead to
 * either the next time.
 *
 * @throws nothing: that a name does not resolve is a problem, too
 */
export async function resolveAddress(url: URL, rule: AddressRule, resolve: Resolve): Promise<Resolved> {
  const problem = whyNotAddress(url, rule);
  if (problem !== undefined) return { problem: `the address ${problem}` };
  const host = hostOf(url);
  const version = isIP(host);
  const addresses =
    version === 0 ? await resolve(host).catch(() => []) : [{ address: host, family: version }];
  if (addresses.length === 0) return { problem: 'the name of the address does not resolve' };
  if (url.protocol === 'http:' && !addresses.every(({ address }) => isOwnMachine(address)))
    return { problem: 'the address by http is none of this machine' };
  return addresses.every(({ address }) => isAllowed(address, rule))
    ? { addresses }
    : { problem: 'the address leads to one that is not public' };
}
