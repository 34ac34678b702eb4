import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

/** A column of a table. */
interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** Numbers stand at the right, so that their digits are below each other. */
  readonly isNumber?: boolean;
  /** The column that says what a row is about. */
  readonly isHead?: boolean;
}

interface Props<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
}

/**
 * A table with a caption. On a narrow screen each row is a block with the columns' names; otherwise it scrolls by itself where it is
 * too wide, also by keyboard.
 */
export function Table<Row>({ caption, columns, rows, keyOf }: Props<Row>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="scroll" tabIndex={0} aria-label={caption}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ name, isNumber }) => (
              <th key={name} scope="col" class={isNumber ? 'number' : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map((column) => (
                <Cell key={column.name} column={column} row={row} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** What a chart shows as a table, for whoever does not see it. It is made once it is asked for. */
export function AsTable<Row>(props: Props<Row>) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)}>
      <summary>As a table</summary>
      {isOpen && <Table {...props} />}
    </details>
  );
}

function Cell<Row>({ column, row }: { readonly column: Column<Row>; readonly row: Row }) {
  const { name, cell, isNumber, isHead } = column;
  const className = isNumber ? 'number' : undefined;
  return isHead ? (
    <th scope="row" class={className} data-name={name}>
      {cell(row)}
    </th>
  ) : (
    <td class={className} data-name={name}>
      {cell(row)}
    </td>
  );
}
