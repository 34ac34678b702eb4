/** The parts of a compiled CloudFormation template that the rules read. */
export interface Template {
  readonly Resources: Record<string, Resource>;
  readonly Parameters?: Record<string, { Default?: unknown }>;
  readonly Outputs: Record<string, { readonly Value: unknown; readonly Export?: unknown }>;
}

interface Resource {
  Type: string;
  Properties: Record<string, any>;
  DependsOn?: string | string[];
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
}

/** Returns the violations of a rule, a sentence each; empty if the template keeps the rule. */
export type Rule = (template: Template) => string[];

export type Named = readonly [id: string, resource: Resource];

export function ofType(template: Template, type: string): Named[] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
}

export const functionsOf = (template: Template): Named[] => ofType(template, 'AWS::Lambda::Function');

/** A function's name in serverless.yml: `GetWalletLambdaFunction` is `getWallet`. */
export function shortName(id: string): string {
  const name = id.replace(/LambdaFunction$/, '');
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** The logical ids that a value refers to, in Ref, Fn::GetAtt and Fn::Sub, however deep. */
export function references(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'Ref') return [String(inner)];
    if (key === 'Fn::GetAtt') return [String(Array.isArray(inner) ? inner[0] : String(inner).split('.')[0])];
    if (key === 'Fn::Sub') return [...inSubstitution(inner), ...references(inner)];
    return references(inner);
  });
}

function inSubstitution(value: unknown): string[] {
  const text = Array.isArray(value) ? value[0] : value;
  return [...String(text).matchAll(/\$\{([^!}.]+)[^}]*\}/g)].map((match) => match[1] ?? '');
}

/** The one resource that a value refers to. */
export function target(value: unknown): string | undefined {
  return references(value)[0];
}

/** Everything that is created before a resource: its dependencies, and theirs. */
export function before(template: Template, id: string, found = new Set<string>()): Set<string> {
  const resource = template.Resources[id];
  if (resource === undefined) return found;
  for (const next of [resource.DependsOn ?? [], references(resource.Properties)].flat()) {
    if (found.has(next) || !(next in template.Resources)) continue;
    found.add(next);
    before(template, next, found);
  }
  return found;
}

export function list<T>(value: T | T[] | undefined): T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** Whether a policy's statement refuses all requests without TLS. */
export const refusesPlainHttp = (statement: any): boolean =>
  statement.Effect === 'Deny' &&
  (statement.Principal === '*' || statement.Principal?.AWS === '*') &&
  String(statement.Condition?.Bool?.['aws:SecureTransport']) === 'false';
