import { expect, test } from 'vitest';
import { numberedRows, rows } from '../../../lib/postgres/rows.ts';
import { testDatabase } from '../../support/system/database.ts';

const { sql } = await testDatabase();

interface Item {
  readonly id: bigint;
  readonly name: string | null;
}

const ITEMS: readonly Item[] = [
  { id: 2n ** 63n - 1n, name: 'say "hi", \\ and NULL' },
  { id: 1n, name: null },
];

const columns = { id: ['bigint', ({ id }: Item) => id], name: ['text', ({ name }: Item) => name] } as const;

test('each value of an item is in the column that names it', async () => {
  const found = await sql`SELECT name, id FROM ${rows(sql, 'item', ITEMS, columns)} ORDER BY id DESC`;
  expect([...found]).toEqual(ITEMS);
});

test('numbered rows keep the order of their items', async () => {
  const found =
    await sql`SELECT number, id FROM ${numberedRows(sql, 'item', ITEMS, columns)} ORDER BY number`;
  expect([...found]).toEqual([
    { number: 1n, id: ITEMS[0]?.id },
    { number: 2n, id: 1n },
  ]);
});

test('every type of column reads back what it was given', async () => {
  const uuid = '01980a5c-7d2b-7c3e-9f10-000000000001';
  const json = { text: 'a "b" \\ \n, {c}', number: 1 };
  const found = await sql`
    SELECT * FROM ${rows(sql, 'item', [json, json], {
      big: ['bigint', () => -5n],
      small: ['integer', () => 7],
      large: ['numeric', () => 10n ** 20n],
      id: ['uuid', () => uuid],
      detail: ['json', (item) => JSON.stringify(item)],
    })}`;
  const row = { big: -5n, small: 7, large: 10n ** 20n, id: uuid, detail: json };
  expect([...found]).toEqual([row, row]);
});

test('the text of a statement is the same for any number of items', async () => {
  const textFor = async (items: readonly Item[]) => {
    const { statement } = await sql`SELECT id FROM ${rows(sql, 'item', items, columns)}`.execute();
    return statement.string;
  };
  expect(await textFor([])).toBe(await textFor(ITEMS));
});

test('no items are no rows', async () => {
  expect(await sql`SELECT FROM ${rows(sql, 'item', [], columns)}`).toHaveLength(0);
});
