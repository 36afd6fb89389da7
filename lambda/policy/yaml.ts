import {
  CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  parseAllDocuments,
  visit,
  type YAMLMap,
} from 'yaml';
import { describeValue, type Fault, PolicyError } from './faults.ts';

const MAX_CHARACTERS = 256_000;
const MAX_NESTING = 32;
const MAX_ALIASES = 100;

/**
 * Decodes the bytes of a file. A policy in another encoding is refused: its names would match nothing and protect nothing.
 * @throws PolicyError
 */
export function decode(bytes: Uint8Array | string, source: string): string {
  if (typeof bytes === 'string') return bytes;
  const [first, second] = bytes;
  const hasMark = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  // Without a mark every other byte of a Latin text is 0.
  const isUtf16 = hasMark || first === 0 || second === 0;
  try {
    if (!isUtf16) return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  const found = isUtf16 ? 'UTF-16' : 'bytes that are not UTF-8';
  const allowed = 'UTF-8; save the file in this encoding';
  throw new PolicyError([{ path: '(policy)', found, allowed }], { source, code: 'POLICY_UNREADABLE' });
}

/**
 * Reads YAML 1.2 with the core schema: no `yes` for true, no merge keys, no dates, no tags of one's own.
 * @throws PolicyError with the line and column of each syntax error and of each key that stands twice
 */
export function readYaml(
  text: string,
  source: string,
): {
  readonly value: unknown;
  /** Where the value at `keys` stands; of a missing or unknown key the nearest thing that stands there. */
  readonly positionOf: (keys: readonly PropertyKey[]) => Fault['position'];
} {
  refuseSize(text, source);
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, {
    lineCounter,
    prettyErrors: false,
    resolveKnownTags: false,
    schema: 'core',
    stringKeys: true,
    uniqueKeys: false,
  });
  const [document, second] = 'empty' in documents ? [] : documents;
  if (!document || (document.contents === null && document.errors.length === 0)) throw empty(source);
  if (second) {
    const { line } = lineCounter.linePos(second.range[0]);
    throw fault(`a second document at line ${line}`, 'one policy a file; remove the line ---', source);
  }
  const problems = [...document.errors, ...document.warnings, ...oddities(document)];
  const faults = problems.map((problem) => syntaxFault(text, lineCounter, problem));
  if (faults.length > 0) throw new PolicyError(faults, { source });
  return { value: toValue(document, source), positionOf: (keys) => positionOf(document, lineCounter, keys) };
}

function empty(source: string): PolicyError {
  const allowed = 'a policy; "version: 1" and at least one rule';
  return new PolicyError([{ path: '(policy)', found: 'nothing', allowed }], {
    source,
    code: 'POLICY_UNREADABLE',
  });
}

function fault(found: string, allowed: string, source: string, cause?: unknown): PolicyError {
  return new PolicyError([{ path: '(policy)', found, allowed }], { source, cause });
}

/** Deep nesting overflows the stack of the parser, and some texts end the whole process. */
function refuseSize(text: string, source: string): void {
  if (text.length > MAX_CHARACTERS)
    throw fault(`${text.length} characters`, `at most ${MAX_CHARACTERS} characters`, source);
  if (nesting(text) > MAX_NESTING)
    throw fault(`more than ${MAX_NESTING} levels`, `at most ${MAX_NESTING} levels`, source);
}

const OPENING = new Set(['flow-map-start', 'flow-seq-start']);
const CLOSING = new Set(['flow-map-end', 'flow-seq-end']);
const COMPACT = new Set(['seq-item-ind', 'explicit-key-ind']);

/** How deep brackets are nested, or how many dashes and question marks open levels on one line, by tokens alone. */
function nesting(text: string): number {
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

interface Problem {
  readonly code: string;
  readonly message: string;
  readonly pos: readonly [number, number];
}

/** Keys that stand twice, aliases without an anchor before them, and merge keys, which YAML 1.2 does not have. */
function oddities(document: Document.Parsed): readonly Problem[] {
  const anchors = new Set<string>();
  const found: Problem[] = [];
  visit(document, {
    Node(_key, node) {
      if (isMap(node)) found.push(...oddKeys(node));
      if (!isAlias(node)) {
        if (node.anchor) anchors.add(node.anchor);
      } else if (!anchors.has(node.source)) {
        const start = node.range?.[0] ?? 0;
        const message = `no anchor &${node.source} before it`;
        found.push({ code: 'UNRESOLVED_ALIAS', message, pos: [start, start] });
      }
    },
  });
  return found;
}

/** Of one mapping: in linear time, while the check of `yaml` itself compares each key with each other one. */
function oddKeys({ items }: YAMLMap): readonly Problem[] {
  const known = new Set<unknown>();
  return items.flatMap(({ key }): readonly Problem[] => {
    if (!isScalar(key)) return [];
    const start = key.range?.[0] ?? 0;
    const stoodBefore = known.has(key.value);
    known.add(key.value);
    if (stoodBefore) return [{ code: 'DUPLICATE_KEY', message: 'the key stands twice', pos: [start, start] }];
    const message = 'a merge key (<<) does not exist in YAML 1.2; write the keys out';
    return key.value === '<<' ? [{ code: 'MERGE_KEY', message, pos: [start, start] }] : [];
  });
}

function syntaxFault(text: string, lines: LineCounter, { code, message, pos: [start] }: Problem): Fault {
  const { line, col } = lines.linePos(start);
  const found = text.slice(start, start + 200).split(/\r?\n/, 1)[0] || undefined;
  return {
    path: `line ${line}, column ${col}`,
    found: describeValue(found),
    hint: message.charAt(0).toLowerCase() + message.slice(1),
    allowed: code === 'DUPLICATE_KEY' ? 'each key once' : 'YAML 1.2 without tags',
  };
}

function toValue(document: Document.Parsed, source: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw fault('aliases that multiply', `at most ${MAX_ALIASES} values by alias`, source, error);
  }
}

/** Where the value at `keys` stands; of a missing key the nearest parent, of an empty text nothing. */
function positionOf(
  document: Document.Parsed,
  lines: LineCounter,
  keys: readonly PropertyKey[],
): Fault['position'] {
  let node: unknown = document.contents;
  let start = rangeStart(node);
  for (const key of keys) {
    const [next, at] = step(isAlias(node) ? node.resolve(document) : node, key);
    start = at ?? start;
    node = next;
  }
  if (start === undefined) return undefined;
  const { line, col } = lines.linePos(start);
  return { line, column: col };
}

/** The node under a key and where it, or else its key, begins. */
function step(node: unknown, key: PropertyKey): readonly [node: unknown, start: number | undefined] {
  if (isSeq(node)) {
    const item = node.items[Number(key)];
    return [item, rangeStart(item)];
  }
  if (!isMap(node)) return [undefined, undefined];
  const pair = node.items.find((one) => isScalar(one.key) && String(one.key.value) === String(key));
  return [pair?.value, rangeStart(pair?.value) ?? rangeStart(pair?.key)];
}

function rangeStart(node: unknown): number | undefined {
  const known = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node);
  return known ? node.range?.[0] : undefined;
}
