/** A name from outside in one line: what could steer a terminal or turn the writing direction becomes a dot. */
export function plainText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '.');
}
