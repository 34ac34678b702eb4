import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** What a key may be good for; `admin` includes all others. The database knows the same list. */
export const SCOPES = [
  'currencies:write',
  'wallets:read',
  'wallets:write',
  'operations:write',
  'reports:read',
  'webhooks',
  'admin',
] as const;

export type Scope = (typeof SCOPES)[number];

/** What every key begins with, so that one that got out is known for what it is. */
const KEY_PREFIX = 'mlps_';

/** Bytes of chance in a key: nobody guesses 256 bits. */
const SECRET_BYTES = 32;

/** Base 62 takes 43 digits for 256 bits (62^43 > 2^256), and 6 for the 32 bits of the checksum. */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SECRET_DIGITS = 43;
const CHECKSUM_DIGITS = 6;

/** Digits of the secret that a list of keys shows: enough to tell keys apart, nothing to guess the rest by. */
const SHOWN_DIGITS = 4;

const WELL_FORMED = new RegExp(`^${KEY_PREFIX}[0-9A-Za-z]{${SECRET_DIGITS + CHECKSUM_DIGITS}}$`);
const BEARER = /^Bearer +(\S+)$/i;

/** Makes a key: the prefix, 256 random bits, and the CRC-32 of both, which tells a mistyped key from a wrong one. */
export function generateKey(secret: Buffer = randomBytes(SECRET_BYTES)): string {
  if (secret.length !== SECRET_BYTES)
    throw new Error(`a key takes ${SECRET_BYTES} bytes, not ${secret.length}`);
  const start = KEY_PREFIX + base62(BigInt(`0x${secret.toString('hex')}`), SECRET_DIGITS);
  return start + checksum(start);
}

/** Whether a text has the form of a key and the right checksum. Any one character that is changed makes it wrong. */
export function isWellFormed(text: string): boolean {
  if (!WELL_FORMED.test(text)) return false;
  return text.endsWith(checksum(text.slice(0, -CHECKSUM_DIGITS)));
}

/** The key in an Authorization header, where it is a well-formed one. */
export function keyOfHeader(header: string): string | undefined {
  const key = BEARER.exec(header)?.[1];
  return key !== undefined && isWellFormed(key) ? key : undefined;
}

/**
 * What of a key is stored. A slow hash is for passwords, which people choose and others guess: of 256 random bits none
 * can be found by trying, and a fast hash lets each request be checked.
 */
export function hashKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/** The start of a key, to know it by in a list. */
export const shownPart = (key: string): string => key.slice(0, KEY_PREFIX.length + SHOWN_DIGITS);

/** A text without whatever has the look of a key, for a log. */
export const withoutKeys = (text: string): string => text.replace(LIKE_A_KEY, `${KEY_PREFIX}…`);

const LIKE_A_KEY = new RegExp(`${KEY_PREFIX}\\w*`, 'gi');

function checksum(text: string): string {
  return base62(BigInt(crc32(text)), CHECKSUM_DIGITS);
}

function base62(number: bigint, digits: number): string {
  let text = '';
  let rest = number;
  for (let place = 0; place < digits; place++) {
    text = (DIGITS[Number(rest % 62n)] ?? '') + text;
    rest /= 62n;
  }
  return text;
}
