/** Prints rows under a heading, columns aligned; the first column to the left, figures to the right. */
export function printTable(heading: string, rows: readonly (readonly string[])[]): void {
  const columns = rows[0]?.length;
  const odd = rows.find((row) => row.length !== columns);
  if (odd)
    throw new RangeError(
      `"${heading}" has ${columns} columns, and a row of ${odd.length}: ${odd.join(', ')}`,
    );
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  console.log(`\n${heading}`);
  for (const row of rows) {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    console.log(`  ${cells.join('  ')}`);
  }
}
