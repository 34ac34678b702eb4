import type { Matched } from './http-event.ts';
import type { FunctionDefinition } from './service.ts';

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
  readonly method: string;
  /** The parts between slashes; a parameter is in braces. */
  readonly parts: readonly string[];
  readonly routeKey: string;
  readonly isAuthorized: boolean;
}

/**
 * Makes the router of a service, with API Gateway's order for HTTP APIs: a route without parameters before one with, and
 * what no route takes goes to the route of every method and path.
 */
export function createRouter(functions: readonly FunctionDefinition[]): Router {
  const routes = functions.flatMap((definition) =>
    definition.events.flatMap((event) => {
      if (event.kind !== 'route') return [];
      const { path, isAuthorized } = event;
      const method = event.method.toUpperCase();
      const routeKey = path === '*' ? '$default' : `${method} ${path}`;
      return [{ definition, method, parts: path.split('/'), routeKey, isAuthorized }];
    }),
  );
  const fallback = routes.find(({ routeKey }) => routeKey === '$default');
  const ordered = routes.filter((each) => each !== fallback).toSorted((a, b) => count(a) - count(b));
  return (method, rawPath) => {
    const parts = rawPath.split('/');
    for (const route of ordered) {
      if (route.method !== method && route.method !== '*') continue;
      const parameters = match(route.parts, parts);
      if (parameters !== undefined) return toTarget(route, parameters);
    }
    return fallback && toTarget(fallback, {});
  };
}

const isParameter = (part: string): boolean => part.startsWith('{');

const count = ({ parts }: Route): number => parts.filter(isParameter).length;

function toTarget(route: Route, parameters: Readonly<Record<string, string>>): Target {
  const { definition, routeKey, isAuthorized } = route;
  const some = Object.keys(parameters).length > 0 ? parameters : undefined;
  return { definition, routeKey, isAuthorized, parameters: some };
}

function match(pattern: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const part = parts[index] ?? '';
    if (!isParameter(expected)) {
      if (part !== expected) return undefined;
      continue;
    }
    if (part === '') return undefined;
    parameters[expected.slice(1, -1)] = decoded(part);
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
