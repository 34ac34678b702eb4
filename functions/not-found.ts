import { ANY_KEY } from '../lib/access/caller.ts';
import { refusalReply } from '../lib/http/reply.ts';
import { type Guard, type HttpHandler, serve } from '../lib/http/route.ts';
import { openDatabase } from '../lib/postgres/database.ts';
import { readConfig } from '../lib/runtime/config.ts';
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

const config = readConfig(['DATABASE_URL', 'API_KEYS']);

export const handler = unknownRoute({ sql: openDatabase(config.DATABASE_URL), apiKeys: config.API_KEYS });
