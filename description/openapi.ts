import * as z from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponseObject } from 'zod-openapi';
import { codesOf } from './codes.ts';
import { type Described, TAGS } from './described.ts';
import { errorReply, GATEWAY_STATUSES, gatewayReply } from './errors.ts';
import { type Example, examplesOf, exampleValue } from './examples.ts';
import { replyHeaders, requestHeaders } from './headers.ts';
import { fieldSchema } from './json-schema.ts';
import { linksOf } from './links.ts';
import { DESCRIBED } from './routes.ts';

/** How a description has amounts and ids: as JSON numbers, or as strings of digits. */
export type Amounts = 'number' | 'string';

/** The version of the API: it changes with the contract, not with a deployment. */
const API_VERSION = '1.0.0';

const ABOUT = {
  number:
    'Amounts are whole numbers of millionths of a unit, with 64 bits: 2.15 USD is `2150000`. Read them with a JSON reader that keeps all digits; ' +
    'a language whose reader rounds (such as JavaScript) should use `/openapi.json?amounts=string`, where they are strings.',
  string:
    'Amounts are whole numbers of millionths of a unit, with 64 bits: 2.15 USD is `"2150000"`. They are strings of digits, and so are ids: ' +
    'every request must have the header `Prefer: amounts=string`. `/openapi.json` describes the same with JSON numbers.',
} as const;

/**
 * Makes the description of the whole API, as OpenAPI 3.1.
 *
 * @param isStrict whether replies have no field that is not described: so they are checked, but clients must bear more
 */
export function makeOpenApi(amounts: Amounts, isStrict = false) {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of DESCRIBED) {
    paths[route.path] ??= {};
    Object.assign(paths[route.path] as object, { [route.method]: operationOf(route, amounts) });
  }
  const document = createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'my-little-ps',
        version: API_VERSION,
        description:
          `Wallets in many currencies, money in, transfers, reports.\n\n${ABOUT[amounts]}\n\nA POST that was answered with a 5xx, or not at all, may have been done: repeat it with the same ` +
          '`Idempotency-Key`. HEAD is answered wherever GET is.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/', description: 'Where this description came from' }],
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
      security: [{ apiKey: [] }],
      paths,
      components: {
        securitySchemes: {
          apiKey: {
            type: 'http',
            scheme: 'bearer',
            description: 'An API key, such as `mlps_…`. `npm run keys` makes one.',
          },
        },
      },
    },
    { override: (context) => fieldSchema(context, amounts, isStrict), reused: 'inline' },
  );
  for (const methods of Object.values(document.paths ?? {}))
    for (const { parameters = [] } of Object.values(methods as Record<string, { parameters?: object[] }>))
      for (const parameter of parameters as Parameter[]) {
        if (parameter.in === 'path') parameter.required = true;
        // One that is empty counts as left out.
        if (parameter.in === 'query') parameter.allowEmptyValue = true;
      }
  return document;
}

/** As much of a parameter as zod leaves to us. */
interface Parameter {
  readonly in: string;
  required?: boolean;
  allowEmptyValue?: boolean;
}

function operationOf(route: Described, amounts: Amounts): ZodOpenApiOperationObject {
  const { operationId, tag, summary, description, scope } = route;
  const examples = examplesOf(operationId);
  const isOpen = scope === undefined;
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description === '' ? {} : { description }),
    ...(isOpen ? { security: [] } : { 'x-scope': scope }),
    requestParams: { ...parametersOf(route), header: requestHeaders(route, amounts) },
    ...(route.method === 'post' ? { requestBody: bodyOf(route, examples, amounts) } : {}),
    responses: responsesOf(route, examples, amounts),
  };
}

/** The parameters of the path, which its template names, and those of the query. */
function parametersOf({ method, path, input, pathInput }: Described) {
  const fields = method === 'post' ? shapeOf(pathInput) : shapeOf(input);
  const inPath = (name: string): boolean => path.includes(`{${name}}`);
  const pick = (isWanted: (name: string) => boolean) => {
    const picked = Object.entries(fields).filter(([name]) => isWanted(name));
    return picked.length === 0 ? undefined : z.object(Object.fromEntries(picked));
  };
  const [ofPath, ofQuery] = [pick(inPath), pick((name) => !inPath(name))];
  return { ...(ofPath && { path: ofPath }), ...(ofQuery && { query: ofQuery }) };
}

function shapeOf(schema: z.ZodType | undefined): Readonly<Record<string, z.ZodType>> {
  return schema instanceof z.ZodObject ? (schema.shape as Record<string, z.ZodType>) : {};
}

/** A body's schema by a name: its own, or one after the operation. */
function named(schema: z.ZodType, id: string): z.ZodType {
  return schema.meta()?.id === undefined ? schema.meta({ id }) : schema;
}

const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);

function bodyOf(route: Described, examples: readonly Example[], amounts: Amounts) {
  const example = examples.find(({ code }) => code === null);
  const isEmpty = route.input instanceof z.ZodObject && Object.keys(shapeOf(route.input)).length === 0;
  return {
    required: !isEmpty,
    content: {
      'application/json': {
        schema: named(route.input, `${capital(route.operationId)}Body`),
        ...(example?.request.body === undefined
          ? {}
          : { example: exampleValue(example.request.body, amounts) }),
      },
    },
  };
}

function fileContent({ fileType }: Described, done: Example | undefined) {
  return fileType === 'text/csv'
    ? { 'text/csv': { schema: { type: 'string' as const }, ...(done && { example: done.reply.body }) } }
    : { 'application/json': { schema: { type: 'object' as const } } };
}

function responsesOf(route: Described, examples: readonly Example[], amounts: Amounts) {
  const headers = replyHeaders(route);
  const done = examples.find(({ code }) => code === null);
  const success: ZodOpenApiResponseObject = {
    description: 'Done',
    headers: headers.success,
    ...linksOf(route),
    content:
      route.reply === null
        ? fileContent(route, done)
        : {
            'application/json': {
              schema: z.strictObject({ payload: route.reply }),
              ...(done && { example: exampleValue(done.reply.body, amounts) }),
            },
          },
  };
  const responses: Record<string, ZodOpenApiResponseObject> = { 200: success };
  if (route.fileType === 'text/csv')
    responses['303'] = { description: 'A long file: `Location` has its address', headers: headers.redirect };
  for (const [status, codes] of codesOf(route)) {
    const told = examples.filter(({ code }) => code !== null && (codes as readonly string[]).includes(code));
    responses[status] = {
      description: codes.map((code) => `\`${code}\``).join(', '),
      headers: headers.of(status),
      content: {
        'application/json': {
          schema: GATEWAY_STATUSES.has(status) ? gatewayReply : errorReply,
          ...(told.length > 0 && {
            examples: Object.fromEntries(
              told.map(({ code, reply }) => [code, { value: exampleValue(reply.body, amounts) }]),
            ),
          }),
        },
      },
      'x-codes': codes,
    } as ZodOpenApiResponseObject;
  }
  return responses;
}
