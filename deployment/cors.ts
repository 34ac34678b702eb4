import type { Serverless } from './serverless.ts';

/** What answers browsers that ask before they send; only with `corsOrigins`. */
const PREFLIGHT = 'preflight';

/** What pages may send beside a body: the API's own headers. */
const ALLOWED_HEADERS = ['Authorization', 'Content-Type', 'Idempotency-Key', 'Prefer', 'X-Correlation-Id'];

/** What pages may read of a reply, beside its body and the few headers that browsers always show. */
const EXPOSED_HEADERS = [
  'Allow',
  'Content-Disposition',
  'Idempotency-Replayed',
  'Preference-Applied',
  'Retry-After',
  'X-Correlation-Id',
];

/** Seconds that a browser keeps the answer to a preflight: two hours are the most that Chromium takes. */
const MAX_AGE_SECONDS = 7_200;

/**
 * An origin as browsers send it: a scheme, a host in lower case, and a port if it is not the scheme's own. A `*` is part of a
 * host for URL.parse, and of `https://*` API Gateway makes every origin.
 */
const isOrigin = (text: string): boolean =>
  /^https?:\/\/[^*]+$/.test(text) && URL.parse(text)?.origin === text;

/**
 * Reads `corsOrigins`: the origins of the pages that may call the API, with commas between them.
 *
 * @returns the origins; none if the parameter is empty
 * @throws Error naming the item that is no origin, and what one is. A `*` is none: a page's owner should be known
 */
export function readOrigins(text: string): string[] {
  const origins = text === '' ? [] : text.split(',').map((item) => item.trim());
  const wrong = origins.find((origin) => !isOrigin(origin));
  if (wrong === undefined) return [...new Set(origins)];
  throw new Error(
    `corsOrigins takes origins with commas between them, such as https://app.example.com or http://localhost:3000, not "${wrong.slice(0, 100)}": ` +
      'a scheme, a host in lower case, and a port if it is not the usual one; no path, no *.',
  );
}

/** Lets pages of these origins call the API; none of them if there are no origins. Runs before the framework compiles serverless.yml. */
export function allowOrigins({ service }: Serverless, origins: readonly string[]): void {
  if (origins.length === 0) {
    delete service.functions[PREFLIGHT];
    return;
  }
  service.provider.httpApi.cors = {
    allowedOrigins: [...origins],
    allowedHeaders: ALLOWED_HEADERS,
    allowedMethods: ['GET', 'HEAD', 'POST'],
    exposedResponseHeaders: EXPOSED_HEADERS,
    maxAge: MAX_AGE_SECONDS,
  };
}
