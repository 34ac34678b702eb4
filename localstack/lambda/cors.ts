import type { IncomingHttpHeaders } from 'node:http';

/** What serverless.yml says of pages in browsers, as an HTTP API has it. */
export interface Cors {
  readonly allowedOrigins: readonly string[];
  readonly allowedHeaders: readonly string[];
  readonly allowedMethods: readonly string[];
  readonly exposedHeaders: readonly string[];
  readonly allowCredentials: boolean;
  /** Seconds that a browser may keep the answer to a preflight. */
  readonly maxAge: number | undefined;
}

/** Whether pages of this origin may send requests: none, where serverless.yml does not say so. */
export function isAllowedOrigin(cors: Cors | undefined, origin: string): boolean {
  return (cors?.allowedOrigins ?? []).some((allowed) => {
    if (allowed === '*') return true;
    return allowed.endsWith('://*') ? origin.startsWith(allowed.slice(0, -1)) : origin === allowed;
  });
}

/** Whether a browser asks whether it may send another request. */
export function isPreflight(method: string | undefined, headers: IncomingHttpHeaders): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

/**
 * What a reply says to browsers, in place of whatever the function said ("Configuring CORS for an HTTP API", API Gateway
 * Developer Guide). Nothing without a configuration.
 */
export function corsHeaders(
  cors: Cors | undefined,
  request: { readonly method?: string | undefined; readonly headers: IncomingHttpHeaders },
): Record<string, string> {
  const { origin } = request.headers;
  if (cors === undefined || origin === undefined || !isAllowedOrigin(cors, origin)) return {};
  const isAnyone = cors.allowedOrigins.includes('*') && !cors.allowCredentials;
  const always = {
    'access-control-allow-origin': isAnyone ? '*' : origin,
    ...(cors.allowCredentials ? { 'access-control-allow-credentials': 'true' } : {}),
    ...listed('access-control-expose-headers', cors.exposedHeaders),
  };
  if (!isPreflight(request.method, request.headers)) return always;
  return {
    ...always,
    ...listed('access-control-allow-methods', cors.allowedMethods),
    ...listed('access-control-allow-headers', cors.allowedHeaders),
    ...(cors.maxAge === undefined ? {} : { 'access-control-max-age': String(cors.maxAge) }),
  };
}

const listed = (name: string, values: readonly string[]): Record<string, string> =>
  values.length === 0 ? {} : { [name]: values.join(',') };
