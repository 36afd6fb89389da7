/** The candidate that a person most likely meant by `text`, if one is close; case does not matter. */
export function didYouMean(text: string, candidates: readonly string[]): string | undefined {
  if (text.length > 64) return undefined;
  const allowance = Math.max(1, Math.floor(text.length / 3));
  const ranked = candidates
    .map((candidate) => ({ candidate, slips: slips(text.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.slips - b.slips);
  const best = ranked[0];
  return best && best.slips <= allowance ? best.candidate : undefined;
}

/** Letters to insert, drop, replace or swap with the next to get from one text to the other (Damerau and Levenshtein). */
function slips(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let row = 1; row <= from.length; row++) {
    rows.push([row]);
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      rows[row]?.push(
        Math.min(
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          at(row - 1, column - 1) + (same ? 0 : 1),
          swapped ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
  }
  return at(from.length, to.length);
}
