/** Texts of a JSON document, and the characters between them that build its structure. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g;

/** The first key that stands twice in the outer object of a valid JSON text: `JSON.parse` silently takes the last one. */
export function duplicateKey(json: string): string | undefined {
  const keys = new Set<string>();
  let depth = 0;
  let text = '""';
  for (const [token] of json.matchAll(TOKENS)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    else if (token !== ':') text = token;
    else if (depth === 1) {
      const key = String(JSON.parse(text));
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}
