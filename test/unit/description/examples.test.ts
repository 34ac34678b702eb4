import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { codesOf } from '../../../description/codes.ts';
import { examplesOf } from '../../../description/examples.ts';
import { documentText } from '../../../description/json-schema.ts';
import { type Amounts, makeOpenApi } from '../../../description/openapi.ts';
import { DESCRIBED } from '../../../description/routes.ts';

/** Routes that are open have errors that only a fault of ours makes, and these are the same as everywhere. */
const OPEN_CODES = ['invalid_field'];

describe('every route', () => {
  test.each(DESCRIBED)('$operationId has an example of each of its codes', (route) => {
    const codes = [...codesOf(route).values()].flat();
    const expected = route.scope === undefined ? OPEN_CODES : codes;
    const isDescription =
      route.operationId.startsWith('getOpenApi') || route.operationId.startsWith('getEvent');
    const recorded = examplesOf(route.operationId).flatMap(({ code }) => code ?? []);
    expect(recorded.toSorted()).toEqual(isDescription ? [] : expected.toSorted());
  });

  test('has an operationId of its own', () => {
    expect(new Set(DESCRIBED.map(({ operationId }) => operationId)).size).toBe(DESCRIBED.length);
  });
});

interface Content {
  readonly schema: object;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

interface Operation {
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Content>> }>>;
}

/** A description in which no reply has more fields than it says, as JavaScript's numbers. */
function strictDocument(amounts: Amounts): { paths: Record<string, Record<string, Operation>> } & object {
  return JSON.parse(documentText(makeOpenApi(amounts, true))) as never;
}

describe.each(['number', 'string'] as const)('with amounts as a %s', (amounts) => {
  const document = strictDocument(amounts);
  const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }));
  ajv.addFormat('int64', true);
  ajv.addSchema(document, 'api');
  const validate = (schema: object, value: unknown) => {
    const inPlace = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/')) as object;
    const check = ajv.compile(inPlace);
    return check(value) ? [] : check.errors;
  };

  test.each(
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [method, path, operation] as const),
    ),
  )('%s %s has examples that fit its schemas, requests and replies', (_method, _path, operation) => {
    const contents = [operation.requestBody, ...Object.values(operation.responses)].flatMap((part) =>
      Object.values(part?.content ?? {}),
    );
    for (const { schema, example, examples = {} } of contents) {
      if (example !== undefined) expect(validate(schema, example), JSON.stringify(example)).toEqual([]);
      for (const { value } of Object.values(examples)) expect(validate(schema, value)).toEqual([]);
    }
  });
});

test('an amount that JavaScript rounds keeps its digits in a description', async () => {
  const text = await readFile(join(import.meta.dirname, '../../../description/openapi.json'), 'utf8');
  expect(text).toContain('"maximum": 9223372036854775807\n');
  expect(text).not.toContain('9223372036854776000');
});
