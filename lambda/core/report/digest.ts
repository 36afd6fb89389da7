/** Lines of one list in a message; what is left out is counted, never dropped silently. */
const MAX_LINES = 50;

export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

/** A plain text message from the sections that have something to say; `undefined` when none has. */
export function digest(sections: readonly Section[]): string | undefined {
  const full = sections.filter(({ lines }) => lines.length > 0);
  if (full.length === 0) return undefined;
  return full
    .map(({ title, lines }) => [`${title} (${lines.length}):`, ...bounded(lines)].join('\n'))
    .join('\n\n');
}

function bounded(lines: readonly string[]): readonly string[] {
  const shown = lines.slice(0, MAX_LINES).map((line) => `- ${line}`);
  return lines.length > MAX_LINES
    ? [...shown, `- and ${lines.length - MAX_LINES} more, in the audit trail`]
    : shown;
}
