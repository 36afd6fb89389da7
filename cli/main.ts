import packageJson from '../package.json' with { type: 'json' };
import { audit, auditSpec } from './audit.ts';
import { auditVerify, auditVerifySpec } from './audit-verify.ts';
import { backtest, backtestSpec } from './backtest.ts';
import {
  type CommandSpec,
  closest,
  type ExitCode,
  parseArguments,
  type RunCommand,
  UsageError,
} from './command.ts';
import { doctor, doctorSpec } from './doctor.ts';
import { explainFailure } from './explain-failure.ts';
import { commandHelp, generalHelp } from './help.ts';
import { init, initSpec } from './init.ts';
import { keys, keysSpec } from './keys.ts';
import {
  exempt,
  exemptSpec,
  extend,
  extendSpec,
  pause,
  pauseSpec,
  resume,
  resumeSpec,
  stop,
  stopSpec,
  unexempt,
  unexemptSpec,
} from './orders.ts';
import { plan, planSpec } from './plan.ts';
import { policyCheck, policyCheckSpec } from './policy-check.ts';
import { report, reportSpec } from './report.ts';
import { savings, savingsSpec } from './savings.ts';
import { status, statusSpec } from './status.ts';
import { suggest, suggestSpec } from './suggest.ts';
import type { Terminal } from './terminal.ts';

interface Command {
  readonly spec: CommandSpec;
  readonly run: RunCommand;
}

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  { spec: statusSpec, run: status },
  { spec: doctorSpec, run: doctor },
  { spec: planSpec, run: plan },
  { spec: backtestSpec, run: backtest },
  { spec: suggestSpec, run: suggest },
  { spec: initSpec, run: init },
  { spec: keysSpec, run: keys },
  { spec: policyCheckSpec, run: policyCheck },
  // Two words before the one that begins them.
  { spec: auditVerifySpec, run: auditVerify },
  { spec: auditSpec, run: audit },
  { spec: reportSpec, run: report },
  { spec: savingsSpec, run: savings },
  { spec: stopSpec, run: stop },
  { spec: pauseSpec, run: pause },
  { spec: resumeSpec, run: resume },
  { spec: exemptSpec, run: exempt },
  { spec: unexemptSpec, run: unexempt },
  { spec: extendSpec, run: extend },
];

/**
 * The command line. Expected failures are told in a sentence and end with 1, or with 2 when the command must be typed otherwise.
 * Anything else is a mistake in this program and is thrown.
 * @param args what was typed after `autostop`
 */
export async function main(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  try {
    return await dispatch(args, terminal);
  } catch (error) {
    const text = explainFailure(error);
    if (text === undefined) throw error;
    terminal.err(`${text}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function dispatch(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const specs = COMMANDS.map(({ spec }) => spec);
  if (args.length === 0) {
    terminal.err(generalHelp(specs, terminal.width));
    return 2;
  }
  if (isHelp(args[0])) return tell(generalHelp(specs, terminal.width), terminal);
  if (args[0] === 'help') return dispatch([...args.slice(1), '--help'], terminal);
  if (args[0] === '--version') return tell(`${packageJson.version}\n`, terminal);
  const command = COMMANDS.find(({ spec }) => startsWith(args, spec));
  if (!command) return helpOfGroup(args, terminal);
  const rest = args.slice(wordsOf(command.spec).length);
  if (asksForHelp(rest)) return tell(commandHelp(command.spec, terminal.width), terminal);
  return command.run(parseArguments(command.spec, rest), terminal);
}

/** `autostop policy --help` is answered for every command that begins with `policy`. */
function helpOfGroup(args: readonly string[], terminal: Terminal): ExitCode {
  const group = COMMANDS.filter(({ spec }) => wordsOf(spec)[0] === args[0]);
  if (group.length > 0 && isHelp(args[1])) {
    return tell(group.map(({ spec }) => commandHelp(spec, terminal.width)).join('\n'), terminal);
  }
  const names = COMMANDS.map(({ spec }) => spec.name);
  const typed = args.filter((one) => !one.startsWith('-')).slice(0, group.length > 0 ? 2 : 1);
  const word = closest(
    args[0] ?? '',
    names.map((name) => name.split(' ')[0] ?? ''),
  );
  const meant = names.find((name) => name.split(' ')[0] === word);
  throw new UsageError(
    `unknown command "${typed.join(' ') || args[0]}"${meant ? `, did you mean ${meant}?` : ''}; commands: ${names.join(', ')}; "autostop --help" explains them`,
  );
}

function startsWith(args: readonly string[], spec: CommandSpec): boolean {
  return wordsOf(spec).every((word, index) => args[index] === word);
}

function wordsOf({ name }: CommandSpec): readonly string[] {
  return name.split(' ');
}

/** Help may stand anywhere before `--`, also where something else is missing. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? args.length : end).some(isHelp);
}

function isHelp(arg: string | undefined): boolean {
  return arg === '--help' || arg === '-h';
}

function tell(text: string, terminal: Terminal): ExitCode {
  terminal.out(text);
  return 0;
}
