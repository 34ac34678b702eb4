/** The part of JSON Schema that the descriptions use. */
export interface Schema {
  readonly [keyword: string]: unknown;
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly pattern?: string;
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
}

/** A string of nothing but digits: an amount or an id. */
const isDigits = ({ type, pattern = '' }: Schema): boolean =>
  type === 'string' && /^\^(?:-\?)?(?:\[0-9\]|\\d)(?:\+|\{1,19\})\$$/.test(pattern);

/** A number that may have a fraction: a rate. */
const isDecimal = (schema: Schema): boolean => schema.type === 'number' && schema.const === undefined;

/**
 * A schema with the types that the client gives: bigint for digits, decimal text for fractions. What only bounds a value is
 * left out, for no type says it.
 *
 * @param prefix of references, instead of that of the description
 */
export function typed(schema: Schema, prefix: string): Schema {
  if (schema.$ref !== undefined) return { $ref: schema.$ref.replace(/^.*\//, prefix) };
  const { description } = schema;
  const said = description === undefined ? {} : { description };
  if (schema['tsType'] !== undefined) return schema;
  if (isDigits(schema)) return { ...said, tsType: 'bigint' };
  if (isDecimal(schema)) return { ...said, tsType: 'string' };
  const { properties, items, anyOf, oneOf, additionalProperties, type, required } = schema;
  return {
    ...said,
    ...(type === undefined ? {} : { type }),
    ...(required === undefined ? {} : { required }),
    ...(schema.const === undefined ? {} : { const: schema.const }),
    ...(schema['enum'] === undefined ? {} : { enum: schema['enum'] }),
    ...(properties === undefined ? {} : { properties: mapValues(properties, (each) => typed(each, prefix)) }),
    ...(items === undefined ? {} : { items: typed(items, prefix) }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map((each) => typed(each, prefix)) }),
    ...(oneOf === undefined ? {} : { oneOf: oneOf.map((each) => typed(each, prefix)) }),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: typed(additionalProperties, prefix) }
      : {}),
  };
}

/** How the fields of a value are read, by their names. */
export interface ExactFields {
  /** Amounts and ids. */
  readonly digits: readonly string[];
  /** Rates. */
  readonly decimals: readonly string[];
}

/**
 * The fields in a value of a schema, at any depth, of which each digit counts.
 *
 * @param find resolves a reference
 * @throws Error if a name means one thing here and another there: the client reads fields by their names
 */
export function exactFields(schema: Schema, find: (ref: string) => Schema): ExactFields {
  const kinds = new Map<string, 'digits' | 'decimal' | 'other'>();
  const visit = (given: Schema, name: string): void => {
    const each = given.$ref === undefined ? given : find(given.$ref);
    for (const part of [...(each.anyOf ?? []), ...(each.oneOf ?? [])]) visit(part, name);
    if (each.items !== undefined) visit(each.items, name);
    for (const [field, inner] of Object.entries(each.properties ?? {})) visit(inner, field);
    if (name === '' || each.type === undefined || ['object', 'array', 'null'].includes(String(each.type)))
      return;
    const kind = isDigits(each) ? 'digits' : isDecimal(each) ? 'decimal' : 'other';
    if ((kinds.get(name) ?? kind) !== kind)
      throw new Error(`${name} is exact in one place and not in another`);
    kinds.set(name, kind);
  };
  visit(schema, '');
  const named = (wanted: string): string[] =>
    [...kinds].filter(([, kind]) => kind === wanted).map(([name]) => name);
  return { digits: named('digits').toSorted(), decimals: named('decimal').toSorted() };
}

export const mapValues = <From, To>(
  record: Readonly<Record<string, From>>,
  change: (value: From, name: string) => To,
): Record<string, To> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]));
