import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { STATUSES } from '../../../description/errors.ts';
import { makeOpenApi } from '../../../description/openapi.ts';
import { DESCRIBED } from '../../../description/routes.ts';
import { routeKeys } from '../../../lib/http/routes.ts';
import { DECLINE_REASONS } from '../../../lib/ledger/leg.ts';
import { AMOUNTS_AND_IDS } from '../../../lib/wire/digits.ts';

/** The page that shows the description is no part of it. */
const NOT_DESCRIBED = ['GET /docs', 'GET /docs/{file}', 'GET /console', 'GET /console/{file}'];

const api = await readFile('docs/api.md', 'utf8');

/** The cells of each row of the table under a heading. */
function rowsUnder(heading: string): string[][] {
  const [, section = ''] = api.split(`\n## ${heading}\n`);
  const table = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('|'));
  return table.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const routes = DESCRIBED.map(({ method, path }) => `${method.toUpperCase()} ${path}`);

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly $ref?: string;
  readonly format?: string;
}

const document = JSON.parse(JSON.stringify(makeOpenApi('number'))) as {
  paths: Record<string, Record<string, any>>;
  components: { schemas: Record<string, Schema> };
};

/** Names of all fields of a schema, those of lists of transactions and wallets aside. */
function fieldsOf(schema: Schema | undefined): string[] {
  if (schema === undefined) return [];
  const target =
    schema.$ref === undefined ? schema : document.components.schemas[schema.$ref.split('/').at(-1) ?? ''];
  return [
    ...Object.keys(target?.properties ?? {}),
    ...[...(target?.anyOf ?? []), ...(target?.oneOf ?? [])].flatMap(fieldsOf),
  ];
}

const isInt64 = (field: Schema): boolean => field.format === 'int64' || (field.anyOf ?? []).some(isInt64);

/** The names of fields that a cell has in quotes. */
const namesIn = (cell: string): string[] => [...cell.matchAll(/"([A-Z]\w+)"/g)].map(([, name = '']) => name);

test('the routes of the API, of its description and of its page are the same', () => {
  const gets = routeKeys().filter((route) => !route.startsWith('HEAD'));
  expect(gets.filter((route) => !NOT_DESCRIBED.includes(route)).toSorted()).toEqual(routes.toSorted());
  const told = rowsUnder('Requests').flatMap(
    ([request = '']) => /^`((?:GET|POST) [^?`]+)/.exec(request)?.[1] ?? [],
  );
  expect([...new Set(told)].toSorted()).toEqual(routes.toSorted());
});

test('the page has each code with its status, and no other', () => {
  const told = rowsUnder('Errors').flatMap(([status = '', codes = '']) =>
    [...codes.matchAll(/`(\w+)`/g)].map(([, code = '']) => [code, Number(status)]),
  );
  const others = ['route_not_found', 'method_not_allowed'];
  expect(Object.fromEntries(told)).toEqual(STATUSES);
  const described = new Set(
    Object.values(document.paths)
      .flatMap((methods) => Object.values(methods))
      .flatMap((operation) => Object.values(operation.responses as object))
      .flatMap((response) => (response['x-codes'] as string[]) ?? []),
  );
  expect([...described, ...others].toSorted()).toEqual(Object.keys(STATUSES).toSorted());
});

test('the amounts and ids of replies are those that amounts=string has as text', () => {
  const named = Object.values(document.components.schemas).flatMap(({ properties = {} }) =>
    Object.entries(properties).filter(([, field]) => isInt64(field)),
  );
  const names = new Set(named.map(([name]) => name));
  const sums = ['AmountIn', 'AmountOut', 'InTransit', 'InWallets'];
  expect([...names, ...sums].toSorted()).toEqual(
    [...AMOUNTS_AND_IDS, 'OriginWalletId', 'TargetWalletId'].toSorted(),
  );
});

test('the page has each reason of a decline', () => {
  const [, section = ''] = api.split('**Reason** says why it was declined:');
  const told = [...(section.split('\n\n')[1]?.matchAll(/^\| `(\w+)`/gm) ?? [])].map(([, reason]) => reason);
  expect(told.toSorted()).toEqual([...DECLINE_REASONS].toSorted());
});

describe('the page has the fields of', () => {
  const rows = rowsUnder('Requests').flatMap(([request = '', given = '', payload = '']) => {
    const route = /^`((?:GET|POST) [^?`]+)/.exec(request)?.[1];
    return route === undefined ? [] : [{ route, given, payload, isAt: request.includes('?at') }];
  });

  test.each(routes)('%s', (route) => {
    const [method = '', path = ''] = route.split(' ');
    const operation = document.paths[path]?.[method.toLowerCase()];
    const own = rows.filter((row) => row.route === route);
    const body = operation.requestBody?.content['application/json'].schema;
    const told = own.flatMap(({ given }) => namesIn(given)).filter((name) => name !== 'EUR');
    const ofLists = ['OriginWalletId', 'TargetWalletId', 'Amount', 'Currency'];
    const wanted = [...fieldsOf(body), ...(route === 'POST /transaction' ? ofLists : [])];
    if (route !== 'POST /batch') expect(new Set(told)).toEqual(new Set(wanted));
    const payload = operation.responses[200].content['application/json']?.schema.properties?.payload;
    const replied = new Set(own.flatMap((row) => namesIn(row.payload)));
    const waited = [
      'Status',
      'Reason',
      'Available',
      'FreeAt',
      'Operations',
      'CreatedAt',
      'ProcessedAt',
      'RefundOf',
      'TransactionId',
      'Reference',
      'Description',
      'Metadata',
      'Kind',
      'DeclinedNumber',
    ];
    const tried = ['DryRun', 'Wallets'];
    const optional = method === 'POST' || route.startsWith('GET /transaction') ? [...waited, ...tried] : [];
    const described = fieldsOf(payload).filter((name) => replied.has(name) || !optional.includes(name));
    for (const name of described) expect([...replied], name).toContain(name);
    const nested = ['Name', 'Rate', 'UpdatedAt', 'TransactionId'];
    for (const name of replied) if (!nested.includes(name)) expect(fieldsOf(payload), name).toContain(name);
  });

  test('an operation', () => {
    const [, text = ''] = /An \*\*operation\*\* is `(\{[^`]+\})`/s.exec(api) ?? [];
    expect(namesIn(text).toSorted()).toEqual(fieldsOf({ $ref: '#/components/schemas/Operation' }).toSorted());
  });
});

test('the page has each scope of a route', () => {
  const told = rowsUnder('API keys');
  for (const { method, path, scope } of DESCRIBED) {
    if (scope === undefined || scope === 'any key') continue;
    const [, routesOfScope = ''] = told.find(([name]) => name === `\`${scope}\``) ?? [];
    const short = path.replace('/convert_amount/{amount}/{from}/{to}', '/convert_amount/…');
    expect(routesOfScope, `${method} ${path}`).toContain(short);
  }
});

test('beside a reference to a schema stands nothing that refuses its fields', () => {
  const closed: unknown[] = [];
  JSON.stringify(document, (_name, value: unknown) => {
    const isClosed =
      typeof value === 'object' && value !== null && '$ref' in value && 'additionalProperties' in value;
    if (isClosed) closed.push(value);
    return value;
  });
  expect(closed).toEqual([]);
});
