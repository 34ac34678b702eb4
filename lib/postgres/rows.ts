import type { Fragment } from 'postgres';
import { arrayOf, type Statements, type Value } from './database.ts';

/** The types that a column can have. A value of `json` is the text of a JSON value in one line. */
type ColumnType = 'bigint' | 'boolean' | 'hold_status' | 'integer' | 'json' | 'numeric' | 'text' | 'uuid';

/** Columns by name: the type of each, and what reads its value from an item. Names and types are constants of the code. */
type Columns<T> = Readonly<Record<string, readonly [type: ColumnType, read: (item: T) => Value]>>;

/**
 * Items as rows of a statement, for its FROM: `unnest($1::bigint[], $2::text[]) AS name(id, status)`. Its text depends
 * on the columns alone, so a prepared statement serves any number of items.
 *
 * A statement that changes a table's rows by their keys says `key = ANY (ARRAY[name.key])`: with `=`, the planner may read the table
 * whole and compare each row with these, where it believes the table to be empty.
 */
export function rows<T>(sql: Statements, name: string, items: readonly T[], columns: Columns<T>): Fragment {
  const entries = Object.entries(columns);
  return unnest(sql, items, entries, `AS ${name}(${entries.map(([column]) => column).join(', ')})`);
}

/** The same with one column more, `number`: 1 for the first item and so on, to keep the items' order. */
export function numberedRows<T>(
  sql: Statements,
  name: string,
  items: readonly T[],
  columns: Columns<T>,
): Fragment {
  const entries = Object.entries(columns);
  const names = [...entries.map(([column]) => column), 'number'];
  return unnest(sql, items, entries, `WITH ORDINALITY AS ${name}(${names.join(', ')})`);
}

function unnest<T>(
  sql: Statements,
  items: readonly T[],
  columns: readonly (readonly [string, Columns<T>[string]])[],
  alias: string,
): Fragment {
  const texts: string[] = [];
  let text = 'unnest(';
  for (const [, [type]] of columns) {
    texts.push(type === 'json' ? `${text}string_to_array(` : text);
    text = type === 'json' ? String.raw`, E'\n')::json[], ` : `::${type}[], `;
  }
  texts.push(`${text.slice(0, -', '.length)}) ${alias}`);
  const parameters = columns.map(([, [type, read]]) => {
    // Quotes, of which JSON is full, need an escape in an array's text but not here.
    return type === 'json' ? items.map(read).join('\n') : arrayOf(items, read);
  });
  return sql(Object.assign(texts, { raw: texts }), ...parameters);
}
