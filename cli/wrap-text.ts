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
