import { createHmac, randomBytes } from 'node:crypto';

/** What every secret begins with: https://www.standardwebhooks.com */
const SECRET_PREFIX = 'whsec_';

/** Bytes of chance in a secret: the specification takes 24 to 64, and nobody guesses 256 bits. */
const SECRET_BYTES = 32;

/** Makes a secret: `whsec_` and 32 random bytes in base64. */
export const newSecret = (bytes: Buffer = randomBytes(SECRET_BYTES)): string =>
  SECRET_PREFIX + bytes.toString('base64');

/** What is signed. */
interface Signed {
  readonly messageId: string;
  /** Whole seconds since 1970. */
  readonly timestamp: number;
  readonly body: string;
}

/**
 * The headers of a post by the specification: a signature with each secret, any of which a receiver may check.
 *
 * @param secrets of {@link newSecret}, one at least
 */
export function signedHeaders({ messageId, timestamp, body }: Signed, secrets: readonly string[]) {
  const content = `${messageId}.${timestamp}.${body}`;
  return {
    'webhook-id': messageId,
    'webhook-timestamp': timestamp.toString(),
    'webhook-signature': secrets.map((secret) => `v1,${signature(secret, content)}`).join(' '),
  };
}

const signature = (secret: string, content: string): string =>
  createHmac('sha256', Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64'))
    .update(content)
    .digest('base64');
