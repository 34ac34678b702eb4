import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';

/*
 * Everything local listens on the loopback address, where every page of every browser on this machine can send requests,
 * too. Such a request says so: browsers name the page's origin or its site, and a page that has its own name point here
 * (DNS rebinding) sends that name.
 */

/** Why a request is refused. */
export interface Foreign {
  readonly code: 'foreign_host' | 'foreign_origin';
  readonly error: string;
}

/** Names of this machine, which no name server can give to anybody else. */
const OWN_NAMES = new Set(['127.0.0.1', 'localhost', '[::1]']);
const OWN_ENDING = '.localhost';

/** What a browser says of an address that its user typed, and of a page of this very server. */
const OWN_SITES = new Set(['none', 'same-origin']);

/** As much of a header as a reply repeats. */
const MAX_CHARACTERS = 100;

/**
 * Tells why a request does not come from a program of this machine.
 *
 * @param isAllowed whether pages of this origin may send requests
 * @returns undefined for one that may pass
 */
export function whyForeign(
  headers: IncomingHttpHeaders,
  isAllowed: (origin: string) => boolean = () => false,
): Foreign | undefined {
  const { host, origin } = headers;
  if (host !== undefined && !isOwnHost(host)) {
    const error = `this local system answers at 127.0.0.1 and localhost only, not at ${shown(host)}`;
    return { code: 'foreign_host', error };
  }
  if (origin !== undefined) return isAllowed(origin) ? undefined : foreignOrigin(`from ${shown(origin)}`);
  // A picture or a link brings no Origin.
  const site = headers['sec-fetch-site'];
  if (typeof site !== 'string' || OWN_SITES.has(site)) return undefined;
  return foreignOrigin('of another site');
}

function isOwnHost(host: string): boolean {
  const name = host.replace(/:\d*$/, '').toLowerCase();
  return OWN_NAMES.has(name) || name.endsWith(OWN_ENDING);
}

function foreignOrigin(whose: string): Foreign {
  return { code: 'foreign_origin', error: `this local system takes no requests of pages ${whose}` };
}

const shown = (text: string): string => text.slice(0, MAX_CHARACTERS);

/**
 * Whether a request comes from a page of this very server, by the name that the page was opened with. A server may let it in
 * only if it serves no page of others.
 *
 * @param headers of a request that {@link whyForeign} has found to name this machine
 */
export function isOwnPage({ host, origin, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  return host !== undefined && origin === `http://${host}` && site === 'same-origin';
}

/** Has a server refuse with 403 what does not come from a program of this machine, before anything else sees it. */
export function guardServer(server: Server): Server {
  const listeners = server.listeners('request') as ((...args: unknown[]) => void)[];
  server.removeAllListeners('request');
  return server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const foreign = whyForeign(request.headers);
    if (foreign === undefined) {
      for (const listener of listeners) Reflect.apply(listener, server, [request, response]);
      return;
    }
    request.resume();
    // As AWS's services say it, so that SDKs show the sentence.
    const body = { __type: 'AccessDeniedException', message: foreign.error };
    response.writeHead(403, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
}
