import type { APIGatewayProxyEventV2 } from 'aws-lambda';

/** The longest wait, in seconds: the API itself waits 30 s for a function, which has other work to do besides. */
const MAX_WAIT_SECONDS = 20;

/** What a request prefers of its reply. Whoever can't be served so is served as everybody else. */
export interface Preferences {
  /** Whether amounts and ids are strings of digits: `amounts=string`. */
  readonly amountsAsText: boolean;
  /** How long to wait for the outcome, in whole seconds from 0 on: `wait=5`. Undefined for no wait. */
  readonly waitSeconds: number | undefined;
}

/** Those of a request that names none. */
export const NO_PREFERENCES: Preferences = { amountsAsText: false, waitSeconds: undefined };

/** A text up to a separator, which does not separate where it is in quotes; a quote without its end takes the rest. */
const UP_TO_COMMA = /(?:[^",]|"(?:[^"\\]|\\.)*"?)+/g;
const UP_TO_SEMICOLON = /^(?:[^";]|"(?:[^"\\]|\\.)*"?)*/;

/** A preference without its parameters: a token, and a token or a quoted string as its value. */
const PREFERENCE = /^([!#$%&'*+.^`|~\w-]+)(?:[ \t]*=[ \t]*(?:([!#$%&'*+.^`|~\w-]+)|"((?:[^"\\]|\\.)*)"))?$/;

const WHOLE_NUMBER = /^\d{1,9}$/;

/**
 * Reads what a request prefers (RFC 7240): any number of preferences, in one line or in several, which gateways join by commas.
 * Of equal names the first counts. What is unknown or malformed is passed over, and so are parameters.
 */
export function readPreferences(headers: APIGatewayProxyEventV2['headers']): Preferences {
  const given = new Map<string, string>();
  for (const [text] of (headers['prefer'] ?? '').matchAll(UP_TO_COMMA)) {
    const [preference = ''] = UP_TO_SEMICOLON.exec(text) ?? [];
    const [, name, token, quoted] = PREFERENCE.exec(preference.trim()) ?? [];
    if (name === undefined || given.has(name.toLowerCase())) continue;
    given.set(name.toLowerCase(), token ?? quoted?.replaceAll(/\\(.)/g, '$1') ?? '');
  }
  const wait = given.get('wait') ?? '';
  return {
    amountsAsText: given.get('amounts')?.toLowerCase() === 'string',
    waitSeconds: WHOLE_NUMBER.test(wait) ? Math.min(Number(wait), MAX_WAIT_SECONDS) : undefined,
  };
}
