import { ANY_KEY, apiKeys } from '../lib/access/caller.ts';
import { refusalReply } from '../lib/http/reply.ts';
import { type Guard, type HttpHandler, serve } from '../lib/http/serve.ts';
import { database } from '../lib/postgres/database.ts';
import { entry } from '../lib/runtime/entry.ts';
import type { Refusal } from '../lib/wire/refusal.ts';

/** Paths to which a wallet's id belongs. */
const PATHS_TO_WALLETS = /^\/(wallet|operations|operations\/file|operations\/total)\/?$/;

const NO_WALLET_ID: Refusal = { code: 'fields_missing', error: 'wallet id should be filled' };

/** The most characters of a path that a reply repeats. */
const MAX_PATH_CHARACTERS = 200;

/** Makes the handler of every request that no route takes: only holders of a key learn that there is no such route. */
export function unknownRoute(guard: Guard): HttpHandler {
  return serve(ANY_KEY, guard, async ({ rawPath, requestContext }) => {
    const { method } = requestContext.http;
    if (method === 'GET' && PATHS_TO_WALLETS.test(rawPath)) return refusalReply(NO_WALLET_ID);
    const error = `there is no ${method} ${rawPath.slice(0, MAX_PATH_CHARACTERS)}`;
    return refusalReply({ code: 'route_not_found', error });
  });
}

export const handler = entry(database, apiKeys)(unknownRoute);
