import type { Variant } from './packages.ts';

/** The resources of a template by their logical ids. */
type Resources = Record<string, any>;

/** Plants a fault into a template. */
type Mutate = (
  resources: Resources,
  outputs: Record<string, unknown>,
  parameters: Record<string, { Default?: unknown }>,
) => void;

/** A fault, the rule that has to see it, and the template that it is planted into: prod's if that is missing. */
export type Mutant = readonly [what: string, rule: string, mutate: Mutate, variant?: Variant];

/** Gives a role one more right. */
export const grant = (role: string, Action: string, Resource: unknown) => (resources: Resources) =>
  resources[role].Properties.Policies[0].PolicyDocument.Statement.push({ Effect: 'Allow', Action, Resource });

/** Changes a property of a resource. */
export const set = (id: string, property: string, value: unknown) => (resources: Resources) => {
  resources[id].Properties[property] = value;
};

/** Removes a resource. */
export const drop = (id: string) => (resources: Resources) => {
  delete resources[id];
};

/** Changes a function's environment variable. */
export const setVariable = (id: string, name: string, value: unknown) => (resources: Resources) => {
  resources[id].Properties.Environment.Variables[name] = value;
};
