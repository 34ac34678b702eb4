import type { Matched } from './http-event.ts';
import { type FunctionDefinition, isEveryMethod } from './service.ts';

/** Where a request goes. */
export interface Target extends Matched {
  readonly definition: FunctionDefinition;
  /** Whether the authorizer is asked first. */
  readonly isAuthorized: boolean;
}

/** Finds a request's route; undefined when none takes it. */
export type Router = (method: string, rawPath: string) => Target | undefined;

interface Route {
  readonly definition: FunctionDefinition;
  /** Undefined for every method. */
  readonly method: string | undefined;
  /** The parts between slashes; a parameter is in braces. */
  readonly parts: readonly string[];
  readonly routeKey: string;
  readonly isAuthorized: boolean;
}

/**
 * Makes the router of a service, with API Gateway's order for HTTP APIs: a full match, without parameters before one with;
 * then a path whose last parameter takes all that is left, such as `{proxy+}`, the longest first; then `$default`, the route
 * of every method and path. Of two routes with one path, the one that names the method. Each part of a path counts: one with
 * a slash at its end, or in another case, is another path.
 */
export function createRouter(functions: readonly FunctionDefinition[]): Router {
  const routes = functions.flatMap((definition) =>
    definition.events.flatMap((event): Route[] => {
      if (event.kind !== 'route') return [];
      const { path, isAuthorized } = event;
      const method = isEveryMethod(event.method) ? undefined : event.method.toUpperCase();
      const routeKey = path === '*' ? '$default' : `${method ?? 'ANY'} ${path}`;
      return [{ definition, method, parts: path.split('/'), routeKey, isAuthorized }];
    }),
  );
  const fallback = routes.find(({ routeKey }) => routeKey === '$default');
  const ordered = routes.filter((each) => each !== fallback).toSorted(byPrecedence);
  return (method, rawPath) => {
    const parts = rawPath.split('/');
    for (const route of ordered) {
      if (route.method !== undefined && route.method !== method) continue;
      const parameters = match(route.parts, parts);
      if (parameters !== undefined) return toTarget(route, parameters);
    }
    return fallback && toTarget(fallback, {});
  };
}

const isParameter = (part: string): boolean => part.startsWith('{');

const isGreedy = (parts: readonly string[]): boolean => parts.at(-1)?.endsWith('+}') === true;

const count = ({ parts }: Route): number => parts.filter(isParameter).length;

function byPrecedence(a: Route, b: Route): number {
  const [greedyA, greedyB] = [isGreedy(a.parts), isGreedy(b.parts)];
  if (greedyA !== greedyB) return greedyA ? 1 : -1;
  if (greedyA && a.parts.length !== b.parts.length) return b.parts.length - a.parts.length;
  return count(a) - count(b) || Number(a.method === undefined) - Number(b.method === undefined);
}

function toTarget(route: Route, parameters: Readonly<Record<string, string>>): Target {
  const { definition, routeKey, isAuthorized } = route;
  const some = Object.keys(parameters).length > 0 ? parameters : undefined;
  return { definition, routeKey, isAuthorized, parameters: some };
}

function match(pattern: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  const hasRest = isGreedy(pattern);
  if (hasRest ? parts.length < pattern.length : parts.length !== pattern.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const isRest = hasRest && index === pattern.length - 1;
    const part = isRest ? parts.slice(index).join('/') : (parts[index] ?? '');
    if (!isParameter(expected)) {
      if (part !== expected) return undefined;
      continue;
    }
    if (part === '') return undefined;
    parameters[expected.slice(1, isRest ? -2 : -1)] = decoded(part);
  }
  return parameters;
}

/** A part that is no percent-encoding stays as it is. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
