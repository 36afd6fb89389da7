/**
 * Whether `text` as a whole matches `pattern`: `*` is any text, also none; `?` is exactly one character; all else is itself.
 * Case matters. Never goes back further than the last `*`: at most pattern length times text length steps, and no regular expression.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const wanted = [...pattern];
  const given = [...text];
  let star = -1;
  let resume = 0;
  let at = 0;
  for (let next = 0; next < given.length; ) {
    if (wanted[at] === '*') {
      star = at++;
      resume = next;
    } else if (at < wanted.length && (wanted[at] === '?' || wanted[at] === given[next])) {
      at++;
      next++;
    } else if (star >= 0) {
      at = star + 1;
      next = ++resume;
    } else {
      return false;
    }
  }
  return wanted.slice(at).every((character) => character === '*');
}
