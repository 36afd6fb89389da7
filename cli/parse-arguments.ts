import { parseArgs } from 'node:util';
import { didYouMean } from '../lambda/core/policy/did-you-mean.ts';
import type { Arguments, CommandSpec } from './command.ts';
import { UsageError } from './usage-error.ts';

/**
 * Reads what stands after the command's name.
 * @throws UsageError naming the argument that is wrong, and what is allowed
 */
export function parseArguments(spec: CommandSpec, args: readonly string[]): Arguments {
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(spec.options).map(([name, { value }]) => [name, { type: value ? 'string' : 'boolean' }]),
    ),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const values = new Map<string, string>();
  const flags = new Set<string>();
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value, inlineValue } = token;
    const option = optionOf(spec, name, rawName);
    if (values.has(name) || flags.has(name)) throw new UsageError(`${rawName} is given twice; give it once`);
    if (option.value === undefined) flags.add(withoutValue(name, value));
    else values.set(name, withValue(rawName, option.value, value, inlineValue));
  }
  refuseOperands(spec, operands);
  return { values, flags, operands };
}

function optionOf({ name: command, options }: CommandSpec, name: string, rawName: string) {
  const option = Object.hasOwn(options, name) && rawName === `--${name}` ? options[name] : undefined;
  if (option) return option;
  const known = Object.keys(options).map((one) => `--${one}`);
  const meant = didYouMean(rawName, known);
  throw new UsageError(
    `unknown option ${rawName}${meant ? `, did you mean ${meant}?` : ''}; "autostop ${command}" takes ${known.join(', ')}`,
  );
}

function withoutValue(name: string, value: string | undefined): string {
  if (value === undefined) return name;
  throw new UsageError(`--${name} is given the value "${value}"; it takes none`);
}

/** A value that looks like an option is most likely the next one: somebody forgot this one's. */
function withValue(
  rawName: string,
  what: string,
  value: string | undefined,
  inline: boolean | undefined,
): string {
  if (value !== undefined && value !== '' && (inline || !value.startsWith('-'))) return value;
  throw new UsageError(`${rawName} has no value; write ${rawName} <${what}>`);
}

function refuseOperands(spec: CommandSpec, operands: readonly string[]): void {
  const missing = spec.operands[operands.length];
  if (missing) throw new UsageError(`<${missing}> is missing; write autostop ${spec.name} ${spec.usage}`);
  const extra = operands[spec.operands.length];
  if (extra !== undefined) {
    throw new UsageError(`"${extra}" is one argument too many; write autostop ${spec.name} ${spec.usage}`);
  }
}
