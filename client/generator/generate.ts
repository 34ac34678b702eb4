import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compile } from 'json-schema-to-typescript';
import { exactFields, mapValues, type Schema, typed } from './schema.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** Where the types are, from the project's root. */
const API_FILE = 'client/generated/api.ts';
const EVENTS_FILE = 'client/generated/events.ts';

const BANNER = '// Made from description/ by `npm run client:types`. Do not edit.\n';

const STYLE = { singleQuote: true, printWidth: 110 } as const;

interface Parameter {
  readonly $ref?: string;
  readonly in?: string;
  readonly name?: string;
  readonly schema?: Schema;
  readonly required?: boolean;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Described {
  readonly parameters: readonly Parameter[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** The client's types and tables by their files, made from the descriptions. */
export async function generate(): Promise<ReadonlyMap<string, string>> {
  const api = await readDescription<OpenApi>('openapi.strings.json');
  const events = await readDescription<{ $defs: Record<string, Schema> }>('events.json');
  return new Map([
    [API_FILE, await apiText(api)],
    [EVENTS_FILE, await eventsText(events.$defs)],
  ]);
}

const readDescription = async <T>(name: string): Promise<T> =>
  JSON.parse(await readFile(join(ROOT, 'description', name), 'utf8')) as T;

async function apiText({ paths, components }: OpenApi): Promise<string> {
  const find = finderIn(components.schemas);
  const requests = Object.fromEntries(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, described]): [string, Request] => [
        `${method.toUpperCase()} ${path}`,
        requestOf(described),
      ]),
    ),
  );
  const root = {
    title: 'Api',
    description: 'What a request takes and what its reply gives, by its method and path.',
    ...objectOf(mapValues(requests, (request) => typed(objectOf(filled(request)), '#/definitions/'))),
    definitions: mapValues(components.schemas, (schema) => typed(schema, '#/definitions/')),
  };
  const exact = mapValues(requests, ({ reply }) => exactFields(reply, find));
  return [
    BANNER,
    await compile(root as object, 'Api', { bannerComment: '', additionalProperties: false, style: STYLE }),
    'export type RefusalCode = ErrorCode;\n',
    '/** The fields of each reply that are read as bigint (digits) and as text (decimals). */',
    `export const EXACT_FIELDS: Readonly<Record<keyof Api, { readonly digits: readonly string[]; readonly decimals: readonly string[] }>> = ${JSON.stringify(exact, null, 2)};\n`,
  ].join('\n');
}

/** Schemas of what a request takes and gives. */
interface Request {
  readonly query: Schema;
  readonly body: Schema | undefined;
  readonly reply: Schema;
}

function requestOf({ parameters, requestBody, responses }: Described): Request {
  const query = parameters.filter((parameter) => parameter.in === 'query');
  const json = (content: Content | undefined) => content?.content?.['application/json']?.schema;
  const payload = json(responses['200'])?.properties?.['payload'];
  return {
    query: {
      type: 'object',
      properties: Object.fromEntries(query.map(({ name = '', schema = {} }) => [name, schema])),
      required: query.filter(({ required }) => required === true).map(({ name }) => name),
    },
    body: json(requestBody),
    reply: payload ?? NO_JSON,
  };
}

/** Without what a request does not take. */
const filled = ({ query, body, reply }: Request): Record<string, Schema> => ({
  ...(Object.keys(query.properties ?? {}).length === 0 ? {} : { query }),
  ...(body === undefined ? {} : { body }),
  reply,
});

/** A file has no payload. */
const NO_JSON: Schema = { tsType: 'never' };

/** An object with all of these fields. */
const objectOf = (properties: Record<string, Schema>): Schema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
});

async function eventsText(defs: Readonly<Record<string, Schema>>): Promise<string> {
  const root = {
    title: 'Events',
    description: 'The detail of each event, by its detail-type.',
    ...objectOf(mapValues(defs, (_schema, name) => ({ $ref: `#/definitions/${name}` }))),
    definitions: mapValues(defs, (schema) => typed(schema, '#/definitions/')),
  };
  const tables = mapValues(defs, (schema) => ({
    digits: exactFields(schema, finderIn(defs)).digits,
    required: schema['required'],
  }));
  return [
    BANNER,
    await compile(root as object, 'Events', { bannerComment: '', additionalProperties: false, style: STYLE }),
    '/** Of each event the fields that are read as bigint, and those that it must have. */',
    `export const EVENT_FIELDS: Readonly<Record<keyof Events, { readonly digits: readonly string[]; readonly required: readonly string[] }>> = ${JSON.stringify(tables, null, 2)};\n`,
  ].join('\n');
}

const finderIn =
  (schemas: Readonly<Record<string, Schema>>) =>
  (ref: string): Schema => {
    const found = schemas[ref.replace(/^.*\//, '')];
    if (found === undefined) throw new Error(`${ref} leads nowhere`);
    return found;
  };
