import type { HttpHandler } from './serve.ts';

/** A route's handler to be: what makes it of its dependencies, with the method and path that it is for. */
type Made<Deps> = ((deps: Deps) => HttpHandler) & { readonly definition: { readonly route: string } };

/**
 * Makes one function's handler of several routes: each request goes to the handler of the route that API Gateway found for it.
 * They share its instances and what these have open. A HEAD is answered as its GET.
 */
export const eachRoute =
  <Deps>(...routes: readonly Made<Deps>[]) =>
  (deps: Deps): HttpHandler => {
    const handlers = new Map(routes.map((route) => [route.definition.route, route(deps)]));
    return (event, ...rest) => {
      const handler = handlers.get(event.routeKey.replace(/^HEAD /, 'GET '));
      if (handler === undefined) throw new Error(`this function has no route ${event.routeKey}`);
      return handler(event, ...rest);
    };
  };
