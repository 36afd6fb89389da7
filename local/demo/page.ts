import { styleText } from 'node:util';
import { wrapText } from '../../cli/wrap-text.ts';

/** Where the demo writes. */
export interface Page {
  write(text: string): void;
  /** Characters in a line. */
  readonly width: number;
  /** Whether the reader sees colours. */
  readonly colour: boolean;
}

export type Paint = 'bold' | 'dim' | 'red' | 'green' | 'yellow';

export function paint(page: Page, how: Paint, text: string): string {
  return page.colour ? styleText(how, text) : text;
}

/** Lines of running text, broken at the width of the page. */
export function paragraph(page: Page, text: string, indent = 0): string {
  return wrapText(text, page.width - indent)
    .map((line) => `${' '.repeat(indent)}${line}\n`)
    .join('');
}
