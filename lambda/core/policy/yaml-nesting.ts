import { CST, Lexer } from 'yaml';

const OPENING = new Set(['flow-map-start', 'flow-seq-start']);
const CLOSING = new Set(['flow-map-end', 'flow-seq-end']);
const COMPACT = new Set(['seq-item-ind', 'explicit-key-ind']);

/**
 * How deep brackets and braces are nested, or how many dashes and question marks open levels on one line, whichever is
 * more. Only tokens are read, so that a text too deep for a parser can be told from others.
 */
export function yamlNesting(text: string): number {
  let brackets = 0;
  let marks = 0;
  let deepest = 0;
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token) ?? '';
    if (OPENING.has(type)) brackets++;
    else if (CLOSING.has(type)) brackets--;
    else if (COMPACT.has(type)) marks++;
    else if (type === 'newline') marks = 0;
    deepest = Math.max(deepest, brackets, marks);
  }
  return deepest;
}
