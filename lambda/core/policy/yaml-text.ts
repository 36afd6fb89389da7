import { type Document, isAlias, LineCounter, parseDocument, visit } from 'yaml';
import { describeValue } from './describe-value.ts';
import { type Fault, PolicyError, type Position } from './policy-error.ts';
import { yamlNesting } from './yaml-nesting.ts';
import { yamlPosition } from './yaml-position.ts';

const MAX_CHARACTERS = 256_000;
const MAX_NESTING = 32;
const MAX_ALIASES = 100;

/** What a YAML text says, and where. */
export interface YamlText {
  readonly value: unknown;
  /** Where the value at `keys` stands; of a missing or unknown key the nearest thing that stands there. */
  readonly positionOf: (keys: readonly PropertyKey[]) => Position | undefined;
}

/**
 * Reads YAML 1.2 with the core schema: no `yes` for true, no merge keys, no dates, no tags of one's own.
 * @throws PolicyError with the line and column of each syntax error and of each key that stands twice
 */
export function readYaml(text: string, source: string): YamlText {
  refuseSize(text, source);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    resolveKnownTags: false,
    schema: 'core',
    stringKeys: true,
  });
  const problems = [...document.errors, ...document.warnings, ...unresolvedAliases(document)];
  const faults = problems.map(({ code, message, pos: [start] }) =>
    syntaxFault(text, lines, start, code, message),
  );
  if (faults.length > 0) throw new PolicyError(faults, { source });
  return {
    value: toValue(document, source),
    positionOf: (keys) => yamlPosition(document, lines, keys),
  };
}

/** Deep nesting ends in a full stack, and some texts take the whole process with it. */
function refuseSize(text: string, source: string): void {
  const [found, allowed] =
    text.length > MAX_CHARACTERS
      ? [`${text.length} characters`, `at most ${MAX_CHARACTERS} characters`]
      : [`more than ${MAX_NESTING} levels`, `at most ${MAX_NESTING} levels`];
  if (text.length > MAX_CHARACTERS || yamlNesting(text) > MAX_NESTING) {
    throw new PolicyError([{ path: '(policy)', found, allowed }], { source });
  }
}

interface Problem {
  readonly code: string;
  readonly message: string;
  readonly pos: readonly [number, number];
}

/** In the order of the text, so that an alias sees the anchors before it. */
function unresolvedAliases(document: Document.Parsed): readonly Problem[] {
  const anchors = new Set<string>();
  const found: Problem[] = [];
  visit(document, {
    Node(_key, node) {
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

function syntaxFault(text: string, lines: LineCounter, start: number, code: string, message: string): Fault {
  const { line, col } = lines.linePos(start);
  const found = text.slice(start).split(/\r?\n/, 1)[0] || undefined;
  return {
    path: `line ${line}, column ${col}`,
    found: describeValue(found),
    ...(code === 'DUPLICATE_KEY'
      ? { hint: 'the key stands twice', allowed: 'each key once' }
      : { hint: message.charAt(0).toLowerCase() + message.slice(1), allowed: 'YAML 1.2 without tags' }),
  };
}

function toValue(document: Document.Parsed, source: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    const fault = {
      path: '(policy)',
      found: 'aliases that multiply',
      allowed: `at most ${MAX_ALIASES} values by alias`,
    };
    throw new PolicyError([fault], { source, cause: error });
  }
}
