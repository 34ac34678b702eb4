import { ANY_KEY, apiKeys } from '../lib/access/caller.ts';
import { database } from '../lib/aws/database.ts';
import { refusalReply } from '../lib/http/reply.ts';
import { methodsOf } from '../lib/http/routes.ts';
import { type Guard, type HttpHandler, serve } from '../lib/http/serve.ts';
import { entry } from '../lib/runtime/entry.ts';
import type { Refusal } from '../lib/wire/refusal.ts';

/** Paths to which a wallet's id belongs. */
const PATHS_TO_WALLETS = /^\/(wallet|operations|operations\/file|operations\/total)\/?$/;

const NO_WALLET_ID: Refusal = { code: 'fields_missing', error: 'wallet id should be filled' };

/** The most characters of a path that a reply repeats. */
const MAX_PATH_CHARACTERS = 200;

/**
 * Makes the handler of every request that no route takes: only holders of a key learn that there is no such route, or that
 * its path takes other methods.
 */
export function unknownRoute(guard: Guard): HttpHandler {
  return serve(ANY_KEY, guard, async ({ rawPath, requestContext }) => {
    const { method } = requestContext.http;
    const path = rawPath.slice(0, MAX_PATH_CHARACTERS);
    if ((method === 'GET' || method === 'HEAD') && PATHS_TO_WALLETS.test(rawPath))
      return refusalReply(NO_WALLET_ID);
    const allowed = methodsOf(rawPath);
    if (allowed.length === 0 || allowed.includes(method))
      return refusalReply({ code: 'route_not_found', error: `there is no ${method} ${path}` });
    const error = `${path} takes ${allowed.join(' and ')}, not ${method}`;
    return refusalReply({ code: 'method_not_allowed', error }, { Allow: allowed.join(', ') });
  });
}

export const handler = entry(database, apiKeys)(unknownRoute);
