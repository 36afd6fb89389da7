import { inspect } from 'node:util';
import { wrapText } from '../cli/wrap-text.ts';

/** Where the demo writes. */
export interface Page {
  write(text: string): void;
  /** Characters in a line. */
  readonly width: number;
  /** Whether the reader sees colours. */
  readonly colour: boolean;
}

export type Paint = 'bold' | 'dim' | 'red' | 'green';

export function paint(page: Page, how: Paint, text: string): string {
  const [start, end] = inspect.colors[how] ?? [];
  return page.colour && start !== undefined ? `\u001b[${start}m${text}\u001b[${end}m` : text;
}

/** Lines of running text, broken at the width of the page. */
export function paragraph(page: Page, text: string, indent = 0): string {
  return wrapText(text, page.width - indent)
    .map((line) => `${' '.repeat(indent)}${line}\n`)
    .join('');
}
