import type { CommandSpec, RunCommand } from './command.ts';
import { describePolicy } from './describe-policy.ts';
import { readPolicy } from './read-policy.ts';

export const policyCheckSpec: CommandSpec = {
  name: 'policy check',
  summary: 'check a policy file and say what it does',
  usage: '<file>',
  about: [
    'Checks a policy file as synth does, and says in sentences what it does. Reads nothing but the file.',
    'A fault is one line on standard error: file, line and column, key, what was found and what is allowed.',
    'Exit codes: 0 the policy is valid, 1 it is not or cannot be read.',
  ],
  operands: ['file'],
  options: {},
};

/** Faults are thrown as a PolicyError, whose message has one line for each. */
export const policyCheck: RunCommand = async ({ operands: [file = ''] }, terminal) => {
  const { policy, version } = readPolicy(file);
  terminal.out(`${file} is valid; its version is ${version}.\n`);
  terminal.out(describePolicy(policy, terminal.now(), terminal.width));
  return 0;
};
