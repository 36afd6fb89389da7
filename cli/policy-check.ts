import { describePolicy } from '../lambda/policy/describe.ts';
import { policyVersion } from '../lambda/policy/version.ts';
import { policyWarnings } from '../lambda/policy/warnings.ts';
import { policyFromFile } from '../lib/policy-from-file.ts';
import type { CommandSpec, RunCommand } from './command.ts';
import { inOneLine, wrapText } from './table.ts';

export const policyCheckSpec: CommandSpec = {
  name: 'policy check',
  summary: 'check a policy file and say what it does',
  usage: '<file>',
  about: [
    'Checks a policy file as synth does, and says in sentences what it does. It reads nothing but the file.',
    'A fault is one line on standard error: file, line and column, key, what was found and what is allowed. A warning names what is valid and cannot mean what it says.',
    'Exit codes: 0 the policy is valid, also with warnings; 1 it is not or cannot be read.',
  ],
  operands: ['file'],
  options: {},
};

/** Faults are thrown as a PolicyError, whose message has one line for each. */
export const policyCheck: RunCommand = async ({ operands: [file = ''] }, terminal) => {
  const policy = policyFromFile(file);
  const lines = describePolicy(policy).flatMap((line) => wrapText(inOneLine(line), terminal.width - 2));
  terminal.out(`${file} is valid; its version is ${policyVersion(policy)}.\n`);
  terminal.out(lines.map((line) => `  ${line}\n`).join(''));
  for (const warning of policyWarnings(policy, terminal.now()))
    terminal.err(`warning: ${inOneLine(warning)}\n`);
  return 0;
};
