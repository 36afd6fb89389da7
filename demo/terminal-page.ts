import { inspect } from 'node:util';

/** Where the demo writes. */
export interface TerminalPage {
  write(text: string): void;
  /** Characters in a line. */
  readonly width: number;
  /** Whether the reader sees colours. */
  readonly colour: boolean;
}

export function paint(page: TerminalPage, how: 'bold' | 'dim' | 'red' | 'green', text: string): string {
  const [start, end] = inspect.colors[how] ?? [];
  return page.colour && start !== undefined ? `\u001b[${start}m${text}\u001b[${end}m` : text;
}

/** A title in bold with an empty line on both sides. */
export function title(page: TerminalPage, text: string): string {
  return `\n${paint(page, 'bold', text)}\n\n`;
}

/** Running text, broken at its spaces. A longer word keeps a line of its own, so that an ARN can be copied. */
export function paragraph(page: TerminalPage, text: string, indent = 0): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || indent + last.length + 1 + word.length > page.width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.map((line) => `${' '.repeat(indent)}${line}\n`).join('');
}

/** Rows of cells in columns that are as wide as their widest cell. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const width = (index: number) => Math.max(...rows.map((row) => row[index]?.length ?? 0));
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(width(index)))
      .join('  ')
      .trimEnd(),
  );
}
