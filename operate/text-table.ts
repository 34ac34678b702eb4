/** Between two columns, and between two cells of a folded row. */
const GAP = '  ';

/**
 * Rows as lines of text, each column as wide as its widest cell. Where that is too wide for the terminal, each row but the
 * first becomes lines of its own: its first cell, and then the others that say something, each behind its column's heading.
 *
 * @param numbers columns, from 0, whose cells end at the same place instead of beginning there
 * @param columns of the terminal; undefined for a file or another program, which take a row a line
 */
export function tableLines(
  rows: readonly (readonly string[])[],
  numbers: ReadonlySet<number> = new Set(),
  columns?: number,
): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        numbers.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join(GAP)
      .trimEnd(),
  );
  const [headings = [], ...others] = rows;
  const isTooWide = columns !== undefined && lines.some(({ length }) => length > columns);
  return isTooWide ? others.flatMap((row) => folded(headings, row, columns)) : lines;
}

function folded(
  headings: readonly string[],
  [first = '', ...cells]: readonly string[],
  columns: number,
): string[] {
  const lines = [first];
  for (const [index, cell] of cells.entries()) {
    if (cell === '' || cell === '-') continue;
    const entry = `${headings[index + 1] ?? ''} ${cell}`.trimStart();
    const last = `${lines.at(-1)}${GAP}${entry}`;
    if (lines.length > 1 && last.length <= columns) lines[lines.length - 1] = last;
    else lines.push(`${GAP}${entry}`);
  }
  return lines;
}
