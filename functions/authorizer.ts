import * as z from 'zod';
import { authorize } from '../lib/access/authorize.ts';
import type { AccessContext } from '../lib/access/caller.ts';
import { database } from '../lib/aws/database.ts';
import type { Sql } from '../lib/postgres/database.ts';
import { entry } from '../lib/runtime/entry.ts';
import { observed } from '../lib/runtime/observed.ts';

/** What API Gateway's HTTP API sends (payload 2.0): the identity source is the Authorization header. */
const request = z.object({ identitySource: z.array(z.string()).nullish() });

/** A simple response, kept by the gateway for as long as serverless.yml says. */
export interface Authorization {
  readonly isAuthorized: true;
  readonly context: AccessContext;
}

/**
 * Makes the function that API Gateway asks who a caller is. It never says no: then the gateway would answer 403 with a
 * body of its own. The handlers refuse, by the context that it gives. An outage throws: the gateway answers 500, and
 * keeps nothing.
 */
export const createAuthorizer =
  ({ sql }: { readonly sql: Sql }) =>
  async (event: unknown): Promise<Authorization> => {
    const { identitySource } = request.parse(event);
    return { isAuthorized: true, context: await authorize(sql, identitySource?.[0] ?? '') };
  };

export const handler = entry(database)(observed('authorizer', createAuthorizer));
