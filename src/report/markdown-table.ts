/** A column; numbers stand to the right. */
export interface Column {
  readonly title: string;
  readonly right?: boolean;
}

/**
 * A table of GitHub's Markdown. Cells are Markdown on one line; a pipe in one, which is in a code span then, stays in its cell
 * (GitHub Flavored Markdown, section 4.10).
 */
export function markdownTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const head = columns.map((column) => column.title);
  const rule = columns.map((column) => (column.right === true ? '--:' : ':--'));
  // A number and its unit stay together.
  const cells = rows.map((row) =>
    row.map((cell, index) => (columns[index]?.right === true ? cell.replaceAll(' ', '\u00a0') : cell)),
  );
  return [head, rule, ...cells].map(line).join('\n');
}

/** Every cell in bold. */
export function strongRow(cells: readonly string[]): readonly string[] {
  return cells.map((cell) => (cell === '' ? '' : `**${cell}**`));
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
