import { codesOf } from '../../../description/codes.ts';
import { DESCRIBED } from '../../../description/routes.ts';
import type { Guard, HttpHandler } from '../../../lib/http/serve.ts';
import { parseOrUndefined } from '../../../lib/wire/json.ts';

interface Route<Deps> {
  (deps: Deps & Guard): HttpHandler;
  readonly definition: { readonly route: string };
}

/** Has a route's handler fail if it answers with an error that the description does not tell of. */
export function told<Deps>(route: Route<Deps>, deps: Deps & Guard): HttpHandler {
  const described = DESCRIBED.find(
    ({ method, path }) => `${method.toUpperCase()} ${path}` === route.definition.route,
  );
  if (described === undefined) throw new Error(`${route.definition.route} is not described`);
  const codes = codesOf(described);
  const handler = route(deps);
  return async (event, context) => {
    const reply = await handler(event, context);
    const status = reply.statusCode ?? 0;
    if (status >= 400 && reply.body !== '') {
      const body = parseOrUndefined(reply.body ?? '') as { payload: { code: never } };
      if (codes.get(status)?.includes(body.payload.code) !== true)
        throw new Error(`the description of ${route.definition.route} has no ${status} ${body.payload.code}`);
    }
    return reply;
  };
}
