import { plain } from '../lambda/text.ts';

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
 * A table in plain text. Every column but the last is as wide as its widest cell. The last one takes what is left of `width`
 * and is wrapped. Its texts may come from outside.
 */
export function table(columns: readonly Column[], rows: readonly Row[], width: number): string {
  const widths = columns.map(({ head }, index) =>
    Math.max(head.length, ...rows.map((row) => (isCells(row) ? inOneLine(row[index] ?? '').length : 0))),
  );
  const before = widths.slice(0, -1).reduce((sum, one) => sum + one + GAP, 0);
  const last = Math.max(NARROWEST, width - before);
  const heads = columns.map(({ head }) => head);
  return [heads, ...rows]
    .flatMap((row) =>
      isCells(row)
        ? cellLines(row, columns, widths, last)
        : wrapText(inOneLine(row.text), width - row.indent).map((line) => ' '.repeat(row.indent) + line),
    )
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

function cellLines(
  cells: readonly string[],
  columns: readonly Column[],
  widths: readonly number[],
  last: number,
): readonly string[] {
  const start = columns.slice(0, -1).map(({ align }, index) => {
    const text = inOneLine(cells[index] ?? '');
    const space = widths[index] ?? 0;
    return align === 'right' ? text.padStart(space) : text.padEnd(space);
  });
  const [first = '', ...more] = wrapText(inOneLine(cells[columns.length - 1] ?? ''), last);
  const line = [...start, first].join(' '.repeat(GAP));
  const indent = ' '.repeat(widths.slice(0, -1).reduce((sum, one) => sum + one + GAP, 0));
  return [line, ...more.map((text) => indent + text)];
}

function isCells(row: Row): row is readonly string[] {
  return Array.isArray(row);
}

/**
 * Breaks a text at its spaces into lines of at most `width` characters. A longer word keeps a line of its own, so that an ARN can
 * be copied.
 */
export function wrapText(text: string, width: number): readonly string[] {
  const [first = '', ...words] = text.split(' ');
  const lines: string[] = [];
  let line = first;
  for (const word of words) {
    const longer = `${line} ${word}`;
    if (longer.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}

/** A text from outside that cannot move the cursor. It is never cut, so that an ARN or a sentence stays whole. */
export function inOneLine(text: string): string {
  return plain(text, text.length);
}

/** What JSON leaves as it is and a terminal may obey: control characters above ASCII, and marks that turn text around. */
const OBEYED = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A value as JSON for programs, with escapes for whatever a terminal may obey; with indent 0 in one line. */
export function jsonText(value: unknown, indent = 2): string {
  const escaped = (text: string) =>
    Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`);
  return `${JSON.stringify(value, null, indent).replace(OBEYED, (text) => escaped(text).join(''))}\n`;
}

/** Rows for spreadsheets, as RFC 4180 says. */
export function csvText(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}

/** What a spreadsheet would take for a formula is a text. */
function csvCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
