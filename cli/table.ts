import { plainText } from './plain-text.ts';
import { wrapText } from './wrap-text.ts';

export interface Column {
  readonly head: string;
  /** @default 'left' */
  readonly align?: 'left' | 'right';
}

/** Cells of one row, or a text across the whole table. */
export type Row = readonly string[] | { readonly text: string; readonly indent: number };

/** Characters between two columns. */
const GAP = 2;
/** Characters that the last column has at least, however narrow the terminal is. */
const NARROWEST = 24;

/**
 * A table in plain text. Every column but the last is as wide as its widest cell; the last one takes what is left of `width`
 * and is wrapped.
 */
export function table(columns: readonly Column[], rows: readonly Row[], width: number, indent = 0): string {
  const widths = columns.map(({ head }, index) =>
    Math.max(head.length, ...rows.map((row) => (isCells(row) ? lengthOf(row[index]) : 0))),
  );
  const before = widths.slice(0, -1).reduce((sum, one) => sum + one + GAP, indent);
  const last = Math.max(NARROWEST, width - before);
  const heads = columns.map(({ head }) => head);
  return [heads, ...rows]
    .flatMap((row) =>
      isCells(row) ? cellLines(row, columns, widths, before, last, indent) : acrossLines(row, width),
    )
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

function cellLines(
  cells: readonly string[],
  columns: readonly Column[],
  widths: readonly number[],
  before: number,
  last: number,
  indent: number,
): readonly string[] {
  const start = columns.slice(0, -1).map(({ align }, index) => {
    const text = plainText(cells[index] ?? '');
    const space = widths[index] ?? 0;
    return align === 'right' ? text.padStart(space) : text.padEnd(space);
  });
  const [first = '', ...more] = wrapText(plainText(cells[columns.length - 1] ?? ''), last);
  const line = ' '.repeat(indent) + [...start, first].join(' '.repeat(GAP));
  return [line, ...more.map((text) => ' '.repeat(before) + text)];
}

function acrossLines({ text, indent }: Exclude<Row, readonly string[]>, width: number): readonly string[] {
  return wrapText(plainText(text), width - indent).map((line) => ' '.repeat(indent) + line);
}

function isCells(row: Row): row is readonly string[] {
  return Array.isArray(row);
}

function lengthOf(cell: string | undefined): number {
  return plainText(cell ?? '').length;
}
