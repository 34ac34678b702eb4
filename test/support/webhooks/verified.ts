import type { IncomingHttpHeaders } from 'node:http';
import { Webhook } from 'standardwebhooks';

/** What the specification's own library reads of a post; undefined if no secret is right. */
export function verified(
  secrets: readonly string[],
  body: string,
  headers: IncomingHttpHeaders,
): { readonly payload: unknown } | undefined {
  for (const secret of secrets) {
    try {
      return { payload: new Webhook(secret).verify(body, headers as Record<string, string>) };
    } catch {
      // Perhaps the next one.
    }
  }
  return undefined;
}
